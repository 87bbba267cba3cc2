import type { Counts } from "./counting/counts.ts";

/**
 * Cloudflare's list prices, US dollars per million (late 2026): rows written to objects or D1 and read, requests, R2 writes, log
 * lines, milliseconds of CPU, and seconds that one object is awake, at $12.50 per million GB-s and 128 MB each.
 */
const PRICE = {
  rows: 1,
  rowsRead: 0.001,
  objectRequests: 0.15,
  workerRequests: 0.3,
  r2Writes: 4.5,
  logLines: 0.6,
  cpuMs: 0.02,
  awakeSeconds: 12.5 * 0.128,
};

/** What the log writes once for each segment: where it ends, its row, the position up to which all is handed over. */
const SEGMENT_STATEMENTS = [
  "INSERT OR REPLACE",
  "INSERT INTO meta",
  "DELETE FROM meta",
  "DELETE FROM segments",
];

/** The alarm that closes a segment: it is set and rings for this alone, and its life hands over one event again. */
const SEGMENT_ALARM = { rows: 1, requests: 2 };

/** What was counted of a run. */
export interface CountedRun {
  events: number;
  /** From the first event until the objects were at rest. */
  live: Counts;
  /** The same with the run's one segment, and with the deletion of all that is left after a month. */
  all: Counts;
  /** Segments per event at the archive's own times: a run is shorter. */
  segments: number;
  /** CPU time of the Worker's and its objects' code for an event, milliseconds. */
  cpuMs: number;
  /** Whether each invocation is a line in the logs. */
  hasInvocationLogs: boolean;
}

/** What an event takes of each thing that is billed; `awakeSeconds` of all objects together. */
export type Use = Record<"d1Rows" | keyof typeof PRICE, number> & {
  /** Rows written to objects before the event is archived and expires. */
  rowsAtFirst: number;
};

/** What an event of a run takes, with its part of a segment. */
export function useOf({ events, live, all, segments, cpuMs, hasInvocationLogs }: CountedRun): Use {
  const runSegments = Math.max(1, all.r2Writes);
  const ofSegments = SEGMENT_STATEMENTS.reduce(
    (total, statement) => total + written(all, statement) - written(live, statement),
    0,
  );
  const awakeMs = ({ awakeMs: { log, endpoint, sender } }: Counts) => log + endpoint + sender;
  const objectRequests = requestsOf(live) / events + SEGMENT_ALARM.requests * segments;
  const workerRequests = live.workerRequests / events;
  return {
    rows: (rowsOf(all) - ofSegments) / events + (ofSegments / runSegments + SEGMENT_ALARM.rows) * segments,
    rowsAtFirst: rowsOf(live) / events,
    d1Rows: all.d1Rows / events,
    rowsRead: (all.rowsRead + all.d1RowsRead) / events,
    objectRequests,
    workerRequests,
    r2Writes: segments,
    logLines: live.logLines / events + (hasInvocationLogs ? objectRequests + workerRequests : 0),
    cpuMs,
    awakeSeconds:
      (awakeMs(live) / events + ((all.awakeMs.log - live.awakeMs.log) / runSegments) * segments) / 1000,
  };
}

/** Dollars per million events, by the parts that the table names. */
export function dollarsOf(use: Use): Record<string, number> {
  return {
    rows: (use.rows + use.d1Rows) * PRICE.rows + use.rowsRead * PRICE.rowsRead,
    requests: use.objectRequests * PRICE.objectRequests + use.workerRequests * PRICE.workerRequests,
    R2: use.r2Writes * PRICE.r2Writes,
    awake: use.awakeSeconds * PRICE.awakeSeconds,
    logs: use.logLines * PRICE.logLines,
    CPU: use.cpuMs * PRICE.cpuMs,
  };
}

function written(counts: Counts, statement: string): number {
  return counts.statements[`log: ${statement}`] ?? 0;
}

/** Rows written, alarms with them. */
function rowsOf(counts: Counts): number {
  const sum = (values: Record<string, number>) => Object.values(values).reduce((a, b) => a + b, 0);
  return sum(counts.rows) + sum(counts.alarmsSet);
}

function requestsOf(counts: Counts): number {
  return Object.values(counts.requests).reduce((total, count) => total + count, 0);
}
