import { added, maybe, record, shapeOf } from "../../domain/stored.ts";
import { readStored } from "../../storage/schema.ts";
import { type MarkedRow, rowsMarkedSince } from "../tables/deliveries.ts";
import { type CarriedTotals, newestTotals, readTotals } from "../tables/stats.ts";
import { Runs, rowOfRun } from "./runs.ts";

/**
 * Fresh deliveries that a restart may find before the last one ever claimed. They are claimed in sequence, so only what
 * was in flight lies there, at most 100 (`max_in_flight`), and what waits for its record, at most 64.
 */
export const MAX_CUT_OFF = 200;

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

/** What was stored last, with the stats or with the failures in a row; null = nothing yet. */
export function storedLast(sql: SqlStorage): CarriedTotals | null {
  const withStats = newestTotals(sql);
  const withFailures = readStored(sql, "failing", failingShape)?.totals;
  const both = [withStats, withFailures].filter((stored) => stored !== null && stored !== undefined);
  return both.sort((a, b) => b.epoch - a.epoch)[0] ?? null;
}

/** The deliveries that were marked after what is stored; a thousand or so at the most. */
export function* markedSince(
  sql: SqlStorage,
  stored: Pick<CarriedTotals, "epoch" | "from">,
): Generator<MarkedRow> {
  yield* markedRows(sql, stored);
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

function* markedRows(
  sql: SqlStorage,
  { epoch, from }: Pick<CarriedTotals, "epoch" | "from">,
): Generator<MarkedRow> {
  let fresh = 0;
  for (const row of rowsMarkedSince(sql, epoch, from)) {
    if (row.is_fresh && ++fresh > MAX_CUT_OFF) return;
    if (row.is_marked) yield row;
  }
}
