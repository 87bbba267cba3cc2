import {
  MOST_REPLAY_BATCHES,
  MOST_REPLAY_BATCHES_OF_A_PORTAL,
  MOST_REPLAY_JOBS,
  MOST_REPLAY_JOBS_OF_A_PORTAL,
} from "../../domain/replay-messages.ts";
import type { SchemaStep } from "../../storage/schema.ts";

/**
 * For which part of the endpoints the portal sessions are that started a replay; null = who reaches the whole workspace did, or
 * it has ended. A job of a replay over several endpoints has it from there.
 */
export const REPLAY_STARTERS_SCHEMA: SchemaStep = {
  statements: [
    "ALTER TABLE replay_jobs ADD COLUMN started_by TEXT",
    "ALTER TABLE replay_batches ADD COLUMN started_by TEXT",
  ],
  olderCodeMayRead: true,
};

interface Limits {
  most: number;
  /** All portal sessions together: the rest is for who reaches the whole workspace. */
  ofPortals: number;
  /** Those for one part of the endpoints. */
  ofPortal: number;
}

const JOB_LIMITS: Limits = {
  most: MOST_REPLAY_JOBS,
  ofPortals: 40,
  ofPortal: MOST_REPLAY_JOBS_OF_A_PORTAL,
};

/** Each is a job after the other, and they share the log's turns. */
const BATCH_LIMITS: Limits = {
  most: MOST_REPLAY_BATCHES,
  ofPortals: 8,
  ofPortal: MOST_REPLAY_BATCHES_OF_A_PORTAL,
};

/** Whether as many jobs run or wait as may for whoever would start one; null = who reaches the whole workspace. */
export function isFullOfJobs(sql: SqlStorage, startedBy: string | null): boolean {
  return isFull(sql, "replay_jobs", JOB_LIMITS, startedBy);
}

/** The same of replays over several endpoints. */
export function isFullOfBatches(sql: SqlStorage, startedBy: string | null): boolean {
  return isFull(sql, "replay_batches", BATCH_LIMITS, startedBy);
}

function isFull(
  sql: SqlStorage,
  table: "replay_jobs" | "replay_batches",
  { most, ofPortals, ofPortal }: Limits,
  startedBy: string | null,
): boolean {
  const { all, portals, own } = sql
    .exec<{ all: number; portals: number; own: number }>(
      `SELECT count(*) AS "all", count(started_by) AS portals, count(CASE WHEN started_by = ? THEN 1 END) AS own
       FROM ${table} WHERE state = 'running'`,
      startedBy,
    )
    .one();
  return all >= most || (startedBy !== null && (portals >= ofPortals || own >= ofPortal));
}
