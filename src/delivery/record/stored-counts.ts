import type { Counts } from "../../domain/counts.ts";
import type { AttemptSummary } from "../../domain/delivery.ts";
import { added, always, maybe, named, record, type StoredText, shapeOf } from "../../domain/stored.ts";
import { readStored } from "../../storage/schema.ts";
import { PENDING, statusCode } from "./rows.ts";
import { Runs, rowOfRun } from "./runs.ts";

/**
 * Fresh deliveries that a restart may find before the last one ever claimed. They are claimed in sequence, so only what
 * was in flight lies there, at most 100 (`max_in_flight`), and what waits for its record, at most 64.
 */
export const MAX_CUT_OFF = 200;

/** The counts of an endpoint as stored, see totals.ts. */
export interface CarriedTotals {
  /** Rises by one each time: of two that are stored the higher is newer. What is marked with this one is not in it. */
  epoch: number;
  /** What was marked since has no lower sequence, and no fresh delivery that is pending has one. */
  from: number;
  counts: Counts;
}

const readTotals = record<CarriedTotals>({ epoch: always(), from: always(), counts: named(always()) });

/** The totals that ride along with the stats. */
export const totalsShape = shapeOf(readTotals);

/** What an endpoint remembers of its failures, as stored. */
export interface Failing {
  consecutiveFailures: number;
  /** A `Retry-After` hold, Unix milliseconds; 0 = none. */
  holdUntil: number;
  /** The first failure since the last success, Unix milliseconds; null = the last attempt succeeded. */
  since: number | null;
  /** Whether somebody was told that it fails. */
  isReported: boolean;
}

/** The failures in a row, and the totals that ride along with them; versions before 0.2 stored none. */
export const failingShape = shapeOf(
  record<Failing & { totals?: CarriedTotals }>({
    consecutiveFailures: added(0),
    holdUntil: added(0),
    since: added(null),
    isReported: added(false),
    totals: maybe(readTotals),
  }),
);

/** What a delivery's own row tells that succeeded by its first attempt. */
export interface MarkedRow extends Record<string, SqlStorageValue> {
  position: number;
  created_at: number;
  replay_of: number | null;
  completed_at: number | null;
  last_attempt: StoredText<AttemptSummary>;
  started_at: number | null;
}

/** What was stored last with the stats; null = nothing yet. */
export function storedWithStats(sql: SqlStorage): CarriedTotals | null {
  const row = sql
    .exec<{ totals: StoredText<CarriedTotals> }>(
      "SELECT totals FROM stats WHERE totals IS NOT NULL ORDER BY hour DESC LIMIT 1",
    )
    .toArray()[0];
  return row ? totalsShape.read(row.totals) : null;
}

/** What was stored last, with the stats or with the failures in a row; null = nothing yet. */
export function storedLast(sql: SqlStorage): CarriedTotals | null {
  const withStats = storedWithStats(sql);
  const withFailures = readStored(sql, "failing", failingShape)?.totals;
  const both = [withStats, withFailures].filter((stored) => stored !== null && stored !== undefined);
  return both.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
}

/** The deliveries that were marked after what is stored; a thousand or so at the most. */
export function* markedSince(
  sql: SqlStorage,
  stored: Pick<CarriedTotals, "epoch" | "from">,
): Generator<MarkedRow> {
  yield* rowsMarkedSince(sql, stored);
  for (const delivery of new Runs(sql).markedSince(stored.epoch, stored.from)) {
    const { position, createdAt: created_at, completedAt, startedAt } = delivery;
    const { last_attempt } = rowOfRun(delivery);
    if (last_attempt === null) continue;
    yield {
      ...{ position, created_at, last_attempt },
      ...{ replay_of: null, completed_at: completedAt, started_at: startedAt },
    };
  }
}

function* rowsMarkedSince(
  sql: SqlStorage,
  { epoch, from }: Pick<CarriedTotals, "epoch" | "from">,
): Generator<MarkedRow> {
  let fresh = 0;
  for (const row of sql.exec<MarkedRow & { is_fresh: number; is_marked: number | null }>(
    `SELECT position, created_at, replay_of, completed_at, last_attempt,
       status = ${PENDING} AND next_attempt_at IS NULL AS is_fresh,
       status = ${statusCode("delivered")} AND counted_in >= ? AS is_marked,
       CASE WHEN status = ${statusCode("delivered")} AND counted_in >= ?
         THEN json_extract(attempts, '$[0].startedAt') END AS started_at
     FROM deliveries WHERE sequence >= ? ORDER BY sequence`,
    epoch,
    epoch,
    from,
  )) {
    if (row.is_fresh && ++fresh > MAX_CUT_OFF) return;
    if (row.is_marked) yield row;
  }
}
