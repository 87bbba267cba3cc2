import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, vi } from "vitest";
import type { EventLog } from "../../../src/log/event-log.ts";
import { count } from "../rig.ts";

type Log = DurableObjectStub<EventLog>;

export const MINUTE_MS = 60_000;

/** Gives each test of a file the log's clock; its alarms, set for later than the real clock shows, ring by hand. */
export function useTestClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
}

export function pass(milliseconds: number): void {
  vi.setSystemTime(Date.now() + milliseconds);
}

/** Lets the open segment become old enough, and the alarm write it. */
export async function archive(log: Log): Promise<void> {
  pass(11 * MINUTE_MS);
  await runDurableObjectAlarm(log);
  expect(await count(log, "SELECT count(*) FROM chunks")).toBe(0);
}

/** Keys in R2 without their workspace. */
export async function keysOf(log: Log): Promise<string[]> {
  const { objects } = await env.ARCHIVE.list({ prefix: `${log.name}/` });
  return objects.map(({ key }) => key.slice((log.name ?? "").length + 1));
}
