import { waitUntil } from "cloudflare:workers";
import { markAllSynced } from "../d1/endpoint-writes.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { type Clock, pause, type Timers } from "../domain/surroundings.ts";
import { logRetried } from "../service-log.ts";

/*
 * That the objects have taken a version matters to cron alone, which would push it again: so it is noted after the
 * answer, for all changes of half a second in one write. On one machine each write of D1 is an fsync on the thread that
 * serves everybody. If the isolate ends first, cron pushes once too often.
 */

const NOTED_AFTER_MS = 500;

/** Versions that the objects have taken and D1 does not know of yet, by endpoint. */
const unnoted = new Map<string, number>();

/** When the next write is, Unix milliseconds: one that never came, because its request ended, does not keep others back. */
let writeAt = 0;

/** Notes, some time after the request's answer, that both objects have taken this version. */
export function noteSynced(db: D1Database, row: EndpointRow, surroundings: Clock & Timers): void {
  unnoted.set(row.id, row.version);
  const nowMs = surroundings.nowMs();
  if (writeAt > nowMs && writeAt <= nowMs + NOTED_AFTER_MS) return;
  writeAt = nowMs + NOTED_AFTER_MS;
  waitUntil(
    writeLater(db, surroundings).catch((error) =>
      logRetried("warn", "versions that objects have taken were not noted", { error }),
    ),
  );
}

/** Whether both objects are known to have taken this version. */
export function isTaken(row: EndpointRow): boolean {
  return row.synced || unnoted.get(row.id) === row.version;
}

async function writeLater(db: D1Database, timers: Timers): Promise<void> {
  await pause(timers, NOTED_AFTER_MS);
  const versions = [...unnoted];
  unnoted.clear();
  await markAllSynced(db, versions);
}
