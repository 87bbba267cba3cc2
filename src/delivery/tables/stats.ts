import type { Counts } from "../../domain/counts.ts";
import { always, named, record, type StoredText, shapeOf } from "../../domain/stored.ts";
import { type Hour, hourShape } from "./hour.ts";

/*
 * The table `stats`: flows by minute, a row for each hour, and in one of them the endpoint's counts as they were stored last.
 * An hour is named by its start, Unix milliseconds. Changes are part of the caller's transaction.
 */

/** The counts of an endpoint as stored, see record/totals.ts. */
export interface CarriedTotals {
  /** Rises by one each time: of two that are stored the higher is newer. What is marked with this one is not in it. */
  epoch: number;
  /** What was marked since has no lower sequence, and no fresh delivery that is pending has one. */
  from: number;
  counts: Counts;
}

export const readTotals = record<CarriedTotals>({
  epoch: always(),
  from: always(),
  counts: named(always()),
});

/** The totals that ride along with the stats. */
export const totalsShape = shapeOf(readTotals);

/** The counts that were stored last with an hour; null = none were. */
export function newestTotals(sql: SqlStorage): CarriedTotals | null {
  const row = sql
    .exec<{ totals: StoredText<CarriedTotals> }>(
      "SELECT totals FROM stats WHERE totals IS NOT NULL ORDER BY hour DESC LIMIT 1",
    )
    .toArray()[0];
  return row ? totalsShape.read(row.totals) : null;
}

/** The newest hour that is stored; null = none is. */
export function newestHour(sql: SqlStorage): number | null {
  const row = sql.exec<{ newest: number | null }>("SELECT max(hour) AS newest FROM stats").toArray()[0];
  return row?.newest ?? null;
}

/** An hour's slots; null = it is not stored. */
export function hourAt(sql: SqlStorage, hour: number): Hour | null {
  const row = sql
    .exec<{ slots: StoredText<Hour> }>("SELECT slots FROM stats WHERE hour = ?", hour)
    .toArray()[0];
  return row ? hourShape.read(row.slots) : null;
}

/** The hours that begin after a time, up to another one: read as they are taken. */
export function hoursBetween(
  sql: SqlStorage,
  after: number,
  upTo: number,
): Iterable<{ hour: number; slots: StoredText<Hour> }> {
  return sql.exec<{ hour: number; slots: StoredText<Hour> }>(
    "SELECT hour, slots FROM stats WHERE hour > ? AND hour <= ? ORDER BY hour",
    after,
    upTo,
  );
}

/**
 * Stores an hour's slots.
 * @param totals the endpoint's counts; null = those that are there
 */
export function storeHour(sql: SqlStorage, hour: number, slots: Hour, totals: CarriedTotals | null): void {
  sql.exec(
    `INSERT INTO stats (hour, slots, totals) VALUES (?, ?, ?) ON CONFLICT (hour) DO UPDATE
       SET slots = excluded.slots, totals = coalesce(excluded.totals, totals)`,
    hour,
    hourShape.write(slots),
    totals && totalsShape.write(totals),
  );
}

/** Stores the endpoint's counts with an hour that is there. */
export function setTotals(sql: SqlStorage, hour: number, totals: CarriedTotals): void {
  sql.exec("UPDATE stats SET totals = ? WHERE hour = ?", totalsShape.write(totals), hour);
}

/** Drops hours before a time, but the newest: the counts are in it. */
export function deleteHoursBefore(sql: SqlStorage, timeMs: number): void {
  sql.exec("DELETE FROM stats WHERE hour < ? AND hour < (SELECT max(hour) FROM stats)", timeMs);
}
