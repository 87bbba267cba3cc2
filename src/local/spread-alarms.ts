import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How long workerd has to start before the first overdue alarm rings. */
const START_MS = 1000;

/**
 * How long it takes until as many of them rang as objects may be open: one whose attempt fails has left its place long
 * before that. At 1,024 open files that is five a second.
 */
const ALL_PLACES_MS = 25_600;

/** workerd keeps an alarm's time in nanoseconds. */
const NS_PER_MS = 1_000_000n;

/**
 * Has alarms that are overdue ring one after the other. workerd has all of them ring at the moment at which it starts,
 * and each opens its object: after a standstill that is more than the files suffice for. It reads their times from a
 * table of its own per class; an object whose own note of the time is earlier takes the alarm for a late one. No
 * workerd may use the state meanwhile.
 * @param objects how many may be open at once
 */
export function spreadAlarms(statePath: string, nowMs: number, objects: number): void {
  const firstAt = nowMs + START_MS;
  const apartMs = Math.ceil(ALL_PLACES_MS / objects);
  let rung = 0;
  for (const file of globSync(join(statePath, "do/*/metadata.sqlite")).toSorted()) {
    const database = new DatabaseSync(file);
    try {
      if (!hasAlarms(database)) continue;
      const overdue = database
        .prepare("SELECT actor_id FROM _cf_ALARM WHERE scheduled_time <= ? ORDER BY scheduled_time")
        .all(BigInt(firstAt) * NS_PER_MS);
      const put = database.prepare("UPDATE _cf_ALARM SET scheduled_time = ? WHERE actor_id = ?");
      database.exec("BEGIN");
      for (const { actor_id } of overdue) {
        put.run(BigInt(firstAt + apartMs * rung++) * NS_PER_MS, actor_id ?? null);
      }
      database.exec("COMMIT");
    } finally {
      database.close();
    }
  }
}

function hasAlarms(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_master WHERE name = '_cf_ALARM'").get() !== undefined;
}
