import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Deadlines } from "../src/deadlines.ts";
import { platform } from "../src/platform.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** When each of some limits is missed, milliseconds from now. */
function misses(deadlines: Deadlines, ...limitsMs: number[]): { limitMs: number; missedMs: number }[] {
  const startedAt = Date.now();
  const missed: { limitMs: number; missedMs: number }[] = [];
  for (const limitMs of limitsMs)
    deadlines.in(limitMs, () => missed.push({ limitMs, missedMs: Date.now() - startedAt }));
  return missed;
}

it("misses each deadline at its time, whatever the order in which they were set", () => {
  const missed = misses(new Deadlines(platform), 10_000, 30, 2500, 100, 100, 1000, 0);
  vi.advanceTimersByTime(60_000);
  expect(missed.map(({ limitMs }) => limitMs)).toEqual([0, 30, 100, 100, 1000, 2500, 10_000]);
  for (const { limitMs, missedMs } of missed) expect(missedMs).toBe(limitMs);
});

it("does not miss what has ended", () => {
  const deadlines = new Deadlines(platform);
  const miss = vi.fn();
  const end = deadlines.in(100, miss);
  vi.advanceTimersByTime(99);
  end();
  vi.advanceTimersByTime(60_000);
  expect(miss).not.toHaveBeenCalled();
});

it("sets a deadline from within a missed one", () => {
  const deadlines = new Deadlines(platform);
  const times: number[] = [];
  const startedAt = Date.now();
  deadlines.in(100, () => {
    times.push(Date.now() - startedAt);
    deadlines.in(50, () => times.push(Date.now() - startedAt));
  });
  vi.advanceTimersByTime(1000);
  expect(times).toEqual([100, 150]);
});

it("shares a timer among all that are open, and clears none", () => {
  const set = vi.spyOn(globalThis, "setTimeout");
  const clear = vi.spyOn(globalThis, "clearTimeout");
  const deadlines = new Deadlines(platform);
  for (let n = 0; n < 10_000; n++) {
    const end = deadlines.in(10_000, () => {});
    if (n % 10 === 0) vi.advanceTimersByTime(1);
    end();
  }
  // After 10, 20, 40, … ms, and then once a second.
  expect(set.mock.calls.length).toBeLessThanOrEqual(8);
  expect(clear).not.toHaveBeenCalled();
});

it("keeps no timer for longer than a second after the last has ended", () => {
  const deadlines = new Deadlines(platform);
  const end = deadlines.in(30_000, () => {});
  vi.advanceTimersByTime(5500);
  end();
  vi.advanceTimersByTime(1000);
  expect(vi.getTimerCount()).toBe(0);
});

it.each([
  [3, 10],
  [52, 70],
  [300, 310],
])(
  "keeps an object awake for %i ms of work no longer than until %i ms, and so at each rest",
  (workMs, restMs) => {
    const deadlines = new Deadlines(platform);
    for (let n = 0; n < 3; n++) {
      const end = deadlines.in(10_000, () => {});
      vi.advanceTimersByTime(workMs);
      end();
      vi.advanceTimersByTime(restMs - workMs);
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(1000);
    }
  },
);

it("ticks once a second in an object that is never at rest", () => {
  const deadlines = new Deadlines(platform);
  const work = () => {
    const end = deadlines.in(10_000, () => {});
    vi.advanceTimersByTime(5);
    end();
    vi.advanceTimersByTime(5);
  };
  for (let n = 0; n < 500; n++) work();
  const set = vi.spyOn(globalThis, "setTimeout");
  for (let n = 0; n < 1000; n++) work();
  expect(set.mock.calls.length).toBeLessThanOrEqual(11);
});

it.each([
  ["often at first on Cloudflare, where awake time is billed", {}, 6],
  ["once a second on one machine, where what is billed is nothing but the thread", { EGRESS: {} }, 1],
])("ticks %s", (_, env, ticks) => {
  const set = vi.spyOn(globalThis, "setTimeout");
  const deadlines = Deadlines.ofObject(env, platform);
  const end = deadlines.in(10_000, () => {});
  vi.advanceTimersByTime(500);
  end();
  vi.advanceTimersByTime(2000);
  expect(set).toHaveBeenCalledTimes(ticks);
  expect(vi.getTimerCount()).toBe(0);
});

it("gives a promise's outcome, or an error when it is late", async () => {
  const deadlines = new Deadlines(platform);
  expect(await deadlines.within(100, Promise.resolve("done"))).toBe("done");
  await expect(deadlines.within(100, Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  const late = expect(deadlines.within(100, new Promise(() => {}))).rejects.toThrow(
    "no answer within 100 ms",
  );
  await vi.advanceTimersByTimeAsync(100);
  await late;
});

it.each([-3_600_000, 3_600_000])("keeps its time when the clock is set by %i ms", (byMs) => {
  const deadlines = new Deadlines(platform);
  const missed = vi.fn();
  deadlines.in(5000, missed);
  vi.advanceTimersByTime(2500);
  vi.setSystemTime(Date.now() + byMs);
  vi.advanceTimersByTime(2490);
  expect(missed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(20);
  expect(missed).toHaveBeenCalledOnce();
});

it("does not miss what another one's end has ended", () => {
  const deadlines = new Deadlines(platform);
  const miss = vi.fn();
  let end = () => {};
  deadlines.in(100, () => end());
  end = deadlines.in(100, miss);
  vi.advanceTimersByTime(60_000);
  expect(miss).not.toHaveBeenCalled();
});
