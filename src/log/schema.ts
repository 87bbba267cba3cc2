import { ANSWERS_SCHEMA } from "../idempotency/objects.ts";
import type { SchemaStep } from "../storage/schema.ts";
import { CLAIMANTS_SCHEMA, CLAIMS_SCHEMA } from "./accept/claims.ts";
import { PASSED_SCHEMA } from "./hand-over/predecessors.ts";
import { REPLAY_BATCHES_SCHEMA } from "./replay/replay-batches.ts";
import { REPLAY_FOUND_SCHEMA } from "./replay/replay-found.ts";
import { REPLAY_RATES_SCHEMA } from "./replay/replay-job-table.ts";
import { REPLAY_STARTERS_SCHEMA } from "./replay/replay-limits.ts";
import { OWN_IDS_SCHEMA } from "./store/own-ids.ts";
import { SUBSCRIPTION_VERSIONS_SCHEMA } from "./store/subscription-versions.ts";
import { UNREAD_PIECES_SCHEMA, UNREAD_SCHEMA } from "./store/unread.ts";

/** The EventLog object's tables. Steps are only ever appended. */
export const LOG_SCHEMA: readonly SchemaStep[] = [
  [
    // One row per group commit, so that rows written do not grow with the events in a group. `handed_over` is
    // the position up to which all is handed over (docs/architecture.md): it costs nothing because it rides along.
    `CREATE TABLE chunks (
      first INTEGER PRIMARY KEY,
      last INTEGER NOT NULL,
      events INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      handed_over INTEGER NOT NULL,
      body BLOB NOT NULL
    )`,
    // What lies in R2. `directory`: its blocks; `ids`: where the publishers' own ids lie (segment.ts).
    `CREATE TABLE segments (
      first INTEGER PRIMARY KEY,
      last INTEGER NOT NULL,
      directory TEXT NOT NULL,
      ids BLOB
    )`,
    // Publishers' own ids, for deduplication; ULIDs sort by time, so old ones leave from the front.
    `CREATE TABLE publisher_ids (
      id TEXT PRIMARY KEY,
      position INTEGER NOT NULL,
      digest BLOB NOT NULL,
      type TEXT NOT NULL,
      created INTEGER NOT NULL,
      endpoints INTEGER NOT NULL
    ) WITHOUT ROWID`,
    // Publishers' own ids whose time is far from their acceptance: they cannot be found by time.
    "CREATE TABLE far_ids (id TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
    // Rows outlive their endpoints: events name endpoints by number for 30 days.
    `CREATE TABLE subscriptions (
      number INTEGER PRIMARY KEY,
      endpoint_id TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL,
      deleted INTEGER NOT NULL,
      entry TEXT NOT NULL
    )`,
    "CREATE TABLE lagging (number INTEGER PRIMARY KEY, position INTEGER NOT NULL)",
    "CREATE TABLE replayed (position INTEGER, number INTEGER, PRIMARY KEY (position, number)) WITHOUT ROWID",
  ],
  [
    `CREATE TABLE replay_jobs (
      id TEXT PRIMARY KEY,
      endpoint INTEGER NOT NULL,
      state TEXT NOT NULL,
      selection TEXT NOT NULL,
      total INTEGER,
      done INTEGER NOT NULL,
      counted INTEGER NOT NULL,
      cursor TEXT NOT NULL,
      plan TEXT,
      step INTEGER NOT NULL,
      error TEXT,
      created_at INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `CREATE TABLE missed (
      endpoint INTEGER,
      slot INTEGER,
      count INTEGER NOT NULL,
      PRIMARY KEY (endpoint, slot)
    ) WITHOUT ROWID`,
    "CREATE INDEX replay_jobs_endpoint ON replay_jobs (endpoint, id)",
    "CREATE INDEX replay_jobs_running ON replay_jobs (id) WHERE state = 'running'",
  ],
  ANSWERS_SCHEMA,
  OWN_IDS_SCHEMA,
  REPLAY_BATCHES_SCHEMA,
  UNREAD_SCHEMA,
  {
    // What the log counted up to and with this row, see event-counts.ts.
    statements: ["chunks", "segments"].flatMap((table) => [
      `ALTER TABLE ${table} ADD COLUMN accepted INTEGER`,
      `ALTER TABLE ${table} ADD COLUMN missed INTEGER`,
    ]),
    olderCodeMayRead: true,
  },
  SUBSCRIPTION_VERSIONS_SCHEMA,
  REPLAY_FOUND_SCHEMA,
  UNREAD_PIECES_SCHEMA,
  PASSED_SCHEMA,
  CLAIMS_SCHEMA,
  CLAIMANTS_SCHEMA,
  REPLAY_RATES_SCHEMA,
  REPLAY_STARTERS_SCHEMA,
];
