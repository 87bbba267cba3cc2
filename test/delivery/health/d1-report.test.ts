import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { objectEnv } from "../../../src/d1/patient-database.ts";
import { Existence } from "../../../src/delivery/configuration/existence.ts";
import { D1Report } from "../../../src/delivery/health/d1-report.ts";
import { Slots } from "../../../src/domain/slots.ts";
import { HandClock } from "../../hand-clock.ts";
import { START } from "../events.ts";
import { withRig } from "../rig.ts";

const ENDPOINT = "ep_told";

const HEALTH = { delivered: 0, dead: 0, retried: 0, attempts: 0, avgLatencyMs: null, pending: 0 };

/** One that is never answered. */
const silentStatement: unknown = new Proxy(
  {},
  { get: (_, name) => (name === "bind" ? () => silentStatement : () => new Promise(() => {})) },
);

/** A report over a real object's storage, told to a database that may be away. */
function newReport(
  sql: SqlStorage,
  stands: { state: string; urgent?: string; isAway?: boolean; isSilent?: boolean },
  toldAfterMs = 60_000,
  clock = new HandClock(),
) {
  const told: string[] = [];
  const database = new Proxy(env.DB, {
    get: (of, name) => {
      if (stands.isAway) throw new Error("D1 is away");
      if (stands.isSilent && name === "prepare") return () => silentStatement;
      const value = Reflect.get(of, name, of);
      return typeof value === "function" ? value.bind(of) : value;
    },
  });
  const db = objectEnv({ ...env, DB: database }, new Slots(1), clock).DB;
  const existence = new Existence();
  const report = new D1Report({
    existence,
    ...{
      sql,
      db,
      nowMs: () => Date.now(),
      endpointId: () => ENDPOINT,
      untouched: { state: "new", urgent: "" },
    },
    state: () => stands.state,
    urgent: () => stands.urgent ?? "",
    toldAfterMs,
    report: (now) => {
      told.push(stands.state);
      return { health: { ...HEALTH, at: now }, counts: {} };
    },
  });
  return { report, told, existence };
}

/** The endpoint as D1 has it, of which nothing was told yet. */
beforeEach(async () => {
  await env.DB.prepare(
    `INSERT INTO endpoints (id, workspace_id, version, synced, url, description, metadata, dialect, dialect_options,
       subscription, policy, status, sealed, created_at, updated_at)
     VALUES (?, 'ws_told', 1, 1, '', '', '{}', 'atlas', '{}', '{}', '{}', 'enabled', '', 0, 0)`,
  )
    .bind(ENDPOINT)
    .run();
});
afterEach(async () => {
  await env.DB.prepare("DELETE FROM endpoints WHERE id = ?").bind(ENDPOINT).run();
});

describe("what D1 is told", () => {
  it("waits until what comes together is there, and a minute after the last time", () =>
    withRig(async ({ sql }) => {
      const stands = { state: "new" };
      const { report, told } = newReport(sql, stands);
      report.noteChanged(START);
      expect(report.nextAt()).toBeNull();
      stands.state = "a";
      report.noteChanged(START);
      report.noteChanged(START + 1000);
      expect([report.nextAt(), report.isDue(START + 3499), report.isDue(START + 3500)]).toEqual([
        START + 3500,
        false,
        true,
      ]);
      const sending = report.send(START + 8000);
      expect(report.nextAt()).toBeNull();
      await sending;
      expect(report.nextAt()).toBeNull();
      stands.state = "b";
      report.noteChanged(START + 9000);
      expect(report.nextAt()).toBe(START + 68_000);
      expect(told).toEqual(["a"]);
    }));

  it("is told by the next life, where this one ended before or D1 did not answer", () =>
    withRig(async ({ sql }) => {
      const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
      const stands = { state: "a", isAway: true };
      const { report } = newReport(sql, stands);
      expect(report.isDue(START)).toBe(true);
      const retries: number[] = [];
      report.whenUntold((at) => retries.push(at));
      await report.send(START);
      expect([retries, report.nextAt()]).toEqual([[START + 60_000], START + 60_000]);
      expect(newReport(sql, stands).report.isDue(START)).toBe(true);
      stands.isAway = false;
      await report.send(START + 60_000);
      expect(newReport(sql, stands).report.nextAt()).toBeNull();
      logged.mockRestore();
    }));

  it("is told again in a minute where D1 never answers", () =>
    withRig(async ({ sql }) => {
      const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
      const clock = new HandClock();
      const stands = { state: "a", isSilent: true };
      const { report } = newReport(sql, stands, 60_000, clock);
      const retries: number[] = [];
      report.whenUntold((at) => retries.push(at));
      const sending = report.send(START);
      await new Promise((resolve) => setTimeout(resolve, 0));
      expect([report.nextAt(), retries]).toEqual([null, []]);
      clock.pass(60_000);
      await sending;
      expect([report.nextAt(), retries]).toEqual([START + 60_000, [START + 60_000]]);
      stands.isSilent = false;
      await report.send(START + 60_000);
      expect(report.nextAt()).toBeNull();
      logged.mockRestore();
    }));

  it("is told again in a minute where D1 took it for late, since the clock had been set back", () =>
    withRig(async ({ sql }) => {
      const stands = { state: "a" };
      const { report } = newReport(sql, stands);
      const retries: number[] = [];
      report.whenUntold((at) => retries.push(at));
      await report.send(START);
      stands.state = "b";
      report.noteChanged(START - 30_000);
      await report.send(START - 30_000);
      expect([retries, report.nextAt()]).toEqual([[START + 30_000], START + 30_000]);
      expect(newReport(sql, stands).report.isDue(START + 60_000)).toBe(true);
      await report.send(START + 30_000);
      expect(newReport(sql, stands).report.nextAt()).toBeNull();
    }));

  it("waits no longer for its next time than it would have, where the clock was set back by an hour since", () =>
    withRig(async ({ sql }) => {
      vi.setSystemTime(START + 3600_000);
      const stands = { state: "a" };
      const { report } = newReport(sql, stands);
      await report.send(START + 3600_000);
      vi.setSystemTime(START);
      stands.state = "b";
      report.noteChanged(START);
      expect(report.nextAt()).toBe(START + 60_000);
      expect(newReport(sql, stands).report.nextAt()).toBe(START + 60_000);
      vi.useRealTimers();
    }));

  it("asks to be told again where there was news while D1 was being told", () =>
    withRig(async ({ sql }) => {
      const stands = { state: "a" };
      const { report, told } = newReport(sql, stands);
      const again: number[] = [];
      report.whenUntold((at) => again.push(at));
      const sending = report.send(START);
      stands.state = "b";
      report.noteChanged(START + 1000);
      expect(report.nextAt()).toBeNull();
      await sending;
      expect(again).toEqual([report.nextAt()]);
      expect(again[0]).toBeGreaterThanOrEqual(START + 60_000);
      await report.send(again[0] ?? 0);
      expect([told, again.length, report.nextAt()]).toEqual([["a", "b"], 1, null]);
    }));

  it("is told within a minute of failures and of what waits, of mere successes after the time that they may wait", () =>
    withRig(async ({ sql }) => {
      const stands = { state: "a", urgent: "0 0" };
      const { report } = newReport(sql, stands, 900_000);
      await report.send(START);
      stands.state = "b";
      report.noteChanged(START + 1000);
      expect(report.nextAt()).toBe(START + 900_000);
      const next = newReport(sql, stands, 900_000).report;
      expect([next.nextAt(), next.isDue(START + 899_999)]).toEqual([START + 900_000, false]);
      stands.urgent = "0 1";
      expect([report.nextAt(), next.nextAt()]).toEqual([START + 60_000, START + 60_000]);
    }));

  it("stores nothing once the endpoint is erased", () =>
    withRig(async ({ sql }) => {
      const { report, existence } = newReport(sql, { state: "a" });
      const sending = report.send(START);
      existence.end();
      await sending;
      expect(sql.exec("SELECT 1 FROM meta WHERE key = 'told_d1'").toArray()).toEqual([]);
      expect(report.nextAt()).toBeNull();
    }));
});
