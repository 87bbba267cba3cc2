import { expect, it, vi } from "vitest";
import { objectEnv } from "../../src/d1/patient-database.ts";
import { Slots } from "../../src/domain/slots.ts";
import type { Env } from "../../src/env.ts";
import { DueNote } from "../../src/storage/due-note.ts";
import { HandClock } from "../hand-clock.ts";

const NOW = 1_000_000;

/** A note whose calls of D1 and timers are in the test's hands. */
function scene() {
  const calls: { dueAt: number | null; end(isFailure?: boolean): Promise<void> }[] = [];
  const timers: { delayMs: number; ring: () => void }[] = [];
  const after = (delayMs: number, ring: () => void) => {
    timers.push({ delayMs, ring });
    return () => {};
  };
  const note = new DueNote({ nowMs: () => NOW, after }, (dueAt) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const end = async (isFailure = false) => {
      if (isFailure) reject(new Error("D1_ERROR: Network connection lost."));
      else resolve();
      await new Promise((done) => setImmediate(done));
    };
    calls.push({ dueAt, end });
    return promise;
  });
  const next = () => {
    const call = calls.shift();
    if (!call) throw new Error("D1 was told nothing");
    return call;
  };
  const ring = () => timers.shift()?.ring();
  return { note, calls, timers, next, ring };
}

it("is made again after a failure, three times, each later than the one before", async () => {
  const { note, calls, timers, next, ring } = scene();
  note.rewrite(NOW + 60_000);
  const delays: number[] = [];
  for (;;) {
    await next().end(true);
    const [timer] = timers;
    if (!timer) break;
    delays.push(timer.delayMs);
    ring();
  }
  expect(delays).toEqual([1000, 5000, 30_000]);
  expect(calls).toEqual([]);
});

it("is made again until D1 has it, and no more", async () => {
  const { note, calls, timers, next, ring } = scene();
  note.rewriteIfMoved(NOW + 60_000);
  await next().end(true);
  ring();
  const again = next();
  expect(again.dueAt).toBe(NOW + 60_000);
  await again.end();
  expect(timers).toEqual([]);
  await note.rewriteIfMoved(NOW + 60_000);
  expect(calls).toEqual([]);
});

it("tells what came since in place of what failed", async () => {
  const { note, calls, timers, next, ring } = scene();
  note.rewrite(NOW + 60_000);
  await next().end();
  note.rewrite(null);
  await next().end(true);
  // D1 may still hold the first; it is not known.
  note.rewriteIfMoved(NOW + 20_000);
  const newer = next();
  expect(newer.dueAt).toBe(NOW + 20_000);
  await newer.end();
  while (timers.length > 0) ring();
  expect(calls).toEqual([]);
});

it("is told once at a time, the newest last: an older one that is slow does not come after it", async () => {
  const { note, calls, next } = scene();
  const first = note.rewrite(NOW + 60_000);
  note.rewrite(NOW + 50_000);
  const newest = note.rewrite(NOW + 40_000);
  const slow = next();
  expect(calls).toEqual([]);
  await slow.end();
  const told = next();
  expect(told.dueAt).toBe(NOW + 40_000);
  await told.end();
  await Promise.all([first, newest]);
  expect(calls).toEqual([]);
});

it("is not told again of what D1 is being told to within a minute: where it is due now, each later moment would follow", async () => {
  const { note, calls, next } = scene();
  const told = [NOW, NOW + 1, NOW + 60_000].map((dueAt) => note.rewriteIfMoved(dueAt));
  await next().end();
  await Promise.all(told);
  expect(calls).toEqual([]);
});

it("does not hold for noted what failed for good", async () => {
  const { note, next, timers, ring } = scene();
  note.rewrite(NOW + 60_000);
  for (let n = 0; n < 4; n++) {
    await next().end(true);
    ring();
  }
  expect(timers).toEqual([]);
  note.rewriteIfMoved(NOW + 60_000);
  expect(next().dueAt).toBe(NOW + 60_000);
});

it("is made again where D1 never answers, and then tells what came meanwhile", async () => {
  const logged = vi.spyOn(console, "warn").mockImplementation(() => {});
  const clock = new HandClock();
  const told: (number | null)[] = [];
  let isSilent = true;
  const send = () => (isSilent ? new Promise(() => {}) : Promise.resolve({}));
  const { DB } = objectEnv(
    { DB: { prepare: () => ({ run: send }) }, ARCHIVE: {} } as unknown as Env,
    new Slots(1),
    clock,
  );
  const note = new DueNote(clock, async (dueAt) => {
    await DB.prepare("UPDATE").run();
    told.push(dueAt);
  });
  const turn = () => new Promise((done) => setImmediate(done));
  const first = note.rewrite(NOW + 60_000);
  await turn();
  clock.pass(60_000);
  await first;
  isSilent = false;
  expect(told).toEqual([]);
  await note.rewriteIfMoved(NOW + 10_000);
  clock.pass(30_000);
  await turn();
  expect(told).toEqual([NOW + 10_000]);
  logged.mockRestore();
});
