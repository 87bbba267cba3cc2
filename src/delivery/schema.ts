import { ANSWERS_SCHEMA } from "../idempotency/objects.ts";
import type { SchemaStep } from "../storage/schema.ts";
import { SPANS_SCHEMA } from "./tables/spans.ts";

/** The Endpoint object's tables. Steps are only ever appended. */
export const ENDPOINT_SCHEMA: readonly SchemaStep[] = [
  [
    // One row per delivery for its whole life: a delivery costs an insert, an update and, in the end, a delete.
    // A delivery never attempted has no `next_attempt_at` and is in no index: those lie behind the queue's
    // cursor in sequence. The large columns are last, so that reading the others does not touch them.
    `CREATE TABLE deliveries (
      sequence INTEGER PRIMARY KEY,
      status INTEGER NOT NULL,
      log INTEGER NOT NULL,
      log_position INTEGER NOT NULL,
      position INTEGER NOT NULL,
      event_id TEXT NOT NULL,
      event_type TEXT NOT NULL,
      fired_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      completed_at INTEGER,
      attempt_count INTEGER NOT NULL DEFAULT 0,
      schedule_start INTEGER NOT NULL DEFAULT 0,
      next_attempt_at INTEGER,
      replay_of INTEGER,
      replayed_by INTEGER,
      bytes INTEGER NOT NULL,
      total_bytes INTEGER NOT NULL,
      last_attempt TEXT,
      attempts TEXT,
      meta TEXT,
      data TEXT
    )`,
    "CREATE INDEX retry_due ON deliveries (next_attempt_at, sequence) WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX retry_order ON deliveries (sequence, bytes) WHERE next_attempt_at IS NOT NULL",
    // Canceled without an attempt: the only ones that are not fresh behind all that were ever claimed, see queue/fresh.ts.
    "CREATE INDEX canceled_unattempted ON deliveries (sequence) WHERE status = 3 AND attempt_count = 0",
    // Flows by minute, one row an hour: see health/stats.ts.
    "CREATE TABLE stats (hour INTEGER PRIMARY KEY, slots TEXT NOT NULL)",
    // Where the endpoint is in each log. That of the log whose batch came last is in the newest delivery.
    "CREATE TABLE logs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, position INTEGER NOT NULL)",
    // Replays by event: they do not lie in the order of positions.
    "CREATE TABLE replays (position INTEGER, sequence INTEGER, PRIMARY KEY (position, sequence)) WITHOUT ROWID",
  ],
  ANSWERS_SCHEMA,
  {
    // Dead without an attempt: what had expired when it came. They lie among fresh ones, like the canceled, see queue/fresh.ts.
    statements: [
      "CREATE INDEX dead_unattempted ON deliveries (sequence, bytes) WHERE status = 2 AND attempt_count = 0",
    ],
    olderCodeMayRead: true,
  },
  {
    statements: [
      // Replays up to and with this delivery: that of the newest is the count.
      "ALTER TABLE deliveries ADD COLUMN replays_total INTEGER",
      // What was counted rides along here, and what is counted after it is marked in its own row: see totals.ts.
      "ALTER TABLE deliveries ADD COLUMN counted_in INTEGER",
      "ALTER TABLE stats ADD COLUMN totals TEXT",
      "DELETE FROM meta WHERE key = 'summarized_at'",
    ],
    olderCodeMayRead: true,
  },
  {
    statements: [
      // What receivers fetched and have not acknowledged: see tables/leases.ts.
      "CREATE TABLE leases (token TEXT PRIMARY KEY, started_at INTEGER NOT NULL, until INTEGER NOT NULL, deliveries TEXT NOT NULL) WITHOUT ROWID",
    ],
    olderCodeMayRead: true,
  },
  [
    // Deliveries that their first attempt delivered, many in a row, written once: see record/run.ts. They and the rows of
    // `deliveries` share the sequences without a gap; whichever is newest has the log's position and the sums.
    `CREATE TABLE runs (
      last_sequence INTEGER PRIMARY KEY,
      first_sequence INTEGER NOT NULL,
      count INTEGER NOT NULL,
      log INTEGER NOT NULL,
      log_position INTEGER NOT NULL,
      fired_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      completed_at INTEGER NOT NULL,
      total_bytes INTEGER NOT NULL,
      replays_total INTEGER NOT NULL,
      counted_in INTEGER NOT NULL,
      deliveries BLOB NOT NULL,
      attempts BLOB
    )`,
  ],
  [
    // The place of a delivery in the order of its key, see tables/order-keys.ts; null = it came without one.
    "ALTER TABLE deliveries ADD COLUMN order_key TEXT",
    "ALTER TABLE deliveries ADD COLUMN key_sequence INTEGER",
  ],
  SPANS_SCHEMA,
  {
    // 1 = somebody resumed the endpoint since it was handed out.
    statements: ["ALTER TABLE leases ADD COLUMN before_resume INTEGER NOT NULL DEFAULT 0"],
    olderCodeMayRead: true,
  },
];
