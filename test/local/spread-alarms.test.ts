import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { spreadAlarms } from "../../src/local/spread-alarms.ts";

const NOW_MS = 1_800_000_000_000;

/** workerd's table of alarms, with times in milliseconds. */
function alarmTable(statePath: string, objectClass: string, times: Record<string, number>): DatabaseSync {
  const folder = join(statePath, "do", objectClass);
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, "metadata.sqlite"));
  database.exec(
    "CREATE TABLE _cf_ALARM (actor_id TEXT PRIMARY KEY, scheduled_time INTEGER, actor_name TEXT) WITHOUT ROWID",
  );
  const put = database.prepare("INSERT INTO _cf_ALARM VALUES (?, ?, ?)");
  for (const [id, time] of Object.entries(times)) put.run(id, BigInt(time) * 1_000_000n, `name of ${id}`);
  return database;
}

function timesOf(database: DatabaseSync): Record<string, number> {
  const rows = database.prepare("SELECT actor_id, scheduled_time / 1000000 AS time FROM _cf_ALARM").all();
  return Object.fromEntries(rows.map(({ actor_id, time }) => [String(actor_id), Number(time) - NOW_MS]));
}

it("has overdue alarms ring one after the other, the longest overdue first, and leaves the others alone", () => {
  const statePath = mkdtempSync(join(tmpdir(), "atlas-alarms-"));
  mkdirSync(join(statePath, "do/without"), { recursive: true });
  new DatabaseSync(join(statePath, "do/without/metadata.sqlite")).close();
  const endpoints = alarmTable(statePath, "endpoints", {
    late: NOW_MS - 5000,
    later: NOW_MS - 50_000,
    soon: NOW_MS + 900,
    next: NOW_MS + 60_000,
  });
  const logs = alarmTable(statePath, "logs", { log: NOW_MS - 1 });
  spreadAlarms(statePath, NOW_MS, 128);
  expect(timesOf(endpoints)).toEqual({ later: 1000, late: 1200, soon: 1400, next: 60_000 });
  expect(timesOf(logs)).toEqual({ log: 1600 });
  rmSync(statePath, { recursive: true });
});

it("has them ring the sooner after one another the more objects may be open", () => {
  const statePath = mkdtempSync(join(tmpdir(), "atlas-alarms-"));
  const endpoints = alarmTable(statePath, "endpoints", { first: NOW_MS - 2, second: NOW_MS - 1 });
  spreadAlarms(statePath, NOW_MS, 4000);
  expect(timesOf(endpoints)).toEqual({ first: 1000, second: 1007 });
  rmSync(statePath, { recursive: true });
});
