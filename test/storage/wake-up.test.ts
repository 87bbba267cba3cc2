import { describe, expect, it, vi } from "vitest";
import { Deadlines } from "../../src/deadlines.ts";
import { platform } from "../../src/platform.ts";
import { WakeUp } from "../../src/storage/wake-up.ts";

const storage = { getAlarm: async () => null, setAlarm: async () => {} } as unknown as DurableObjectStorage;
const deadlines = new Deadlines(platform);
const hangs = () => new Promise<void>(() => {});

it("waits for the alarm's work", async () => {
  const wakeUp = new WakeUp(storage, platform, deadlines, async () => {});
  let isDone = false;
  const work = new Promise<void>((resolve) => setTimeout(resolve, 5)).then(() => {
    isDone = true;
  });
  await wakeUp.awaitOrFreshAlarm(work);
  expect(isDone).toBe(true);
});

it("does not wait for work that hangs once a fresh alarm is due, which would ring only after it", async () => {
  const wakeUp = new WakeUp(storage, platform, deadlines, async () => {});
  const returned = wakeUp.awaitOrFreshAlarm(hangs());
  wakeUp.wakeBy(Date.now() + 60_000);
  wakeUp.wakeBy(Date.now());
  await returned;
  await wakeUp.awaitOrFreshAlarm(hangs());
});

it("does not wait for work that hangs beyond the moment at which the next alarm is due", async () => {
  const startedAt = 1_000_000;
  let nowMs = startedAt;
  const timers: { at: number; act: () => void }[] = [];
  const after = (ms: number, act: () => void) => {
    timers.push({ at: nowMs + ms, act });
    return () => {
      throw new Error("a timer that is cleared is kept by the runtime");
    };
  };
  const surroundings = { ...platform, nowMs: () => nowMs, after };
  const wakeUp = new WakeUp(storage, surroundings, new Deadlines(surroundings), async () => {});
  wakeUp.wakeBy(nowMs + 90_000);
  let hasReturned = false;
  const returned = wakeUp.awaitOrFreshAlarm(hangs()).then(() => {
    hasReturned = true;
  });
  wakeUp.wakeBy(nowMs + 60_000);
  while (!hasReturned && timers.length > 0) {
    timers.sort((a, b) => a.at - b.at);
    const next = timers.shift();
    nowMs = next?.at ?? nowMs;
    next?.act();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await returned;
  expect(nowMs).toBe(startedAt + 60_000);
});

it("waits in spite of an alarm that is not due yet", async () => {
  const wakeUp = new WakeUp(storage, platform, deadlines, async () => {});
  wakeUp.wakeBy(Date.now() + 60_000);
  let hasReturned = false;
  const returned = wakeUp.awaitOrFreshAlarm(hangs()).then(() => {
    hasReturned = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(hasReturned).toBe(false);
  wakeUp.wakeBy(Date.now());
  await returned;
});

it("notes in a new life only what has moved by what D1 has, and later by what it noted itself", async () => {
  const noted: unknown[] = [];
  const wakeUp = new WakeUp(
    storage,
    platform,
    deadlines,
    async (dueAt, ifMoved) => void noted.push([dueAt, ifMoved !== null]),
  );
  const now = Date.now();
  await wakeUp.noteIfMoved(null);
  expect(noted).toEqual([]);
  await wakeUp.noteIfMoved(now + 900_000);
  await wakeUp.noteIfMoved(now + 960_000);
  await wakeUp.noteIfMoved(now + 100_000);
  await wakeUp.note(now + 900_000);
  expect(noted).toEqual([
    [now + 900_000, true],
    [now + 100_000, false],
    [now + 900_000, false],
  ]);
});

it("sets the alarm again that a transaction took back as it failed", () => {
  const set: number[] = [];
  const failing = {
    ...storage,
    setAlarm: async (time: number) => void set.push(time),
    transactionSync: (work: () => void) => {
      work();
      throw new Error("database or disk is full");
    },
  };
  const wakeUp = new WakeUp(failing as unknown as DurableObjectStorage, platform, deadlines, async () => {});
  const soon = Date.now() + 2000;
  expect(() => wakeUp.storage.transactionSync(() => wakeUp.wakeBy(soon))).toThrow("full");
  wakeUp.wakeBy(soon + 500);
  // One that was set before is set still.
  expect(() => wakeUp.storage.transactionSync(() => wakeUp.wakeBy(soon + 100))).toThrow("full");
  wakeUp.wakeBy(soon + 900);
  expect(set).toEqual([soon, soon + 500, soon + 100]);
  expect(wakeUp.isSetBy(soon + 500)).toBe(true);
  expect(wakeUp.isSetBy(soon + 499)).toBe(false);
});

it("sets an alarm at once in place of one that was lost, and leaves one that may only be late", () => {
  const set: number[] = [];
  const remembers = { ...storage, setAlarm: async (time: number) => void set.push(time) };
  const wakeUp = new WakeUp(
    remembers as unknown as DurableObjectStorage,
    platform,
    deadlines,
    async () => {},
  );
  const now = vi.spyOn(Date, "now").mockReturnValue(1_000_000);
  try {
    wakeUp.wakeBy(1_008_000);
    now.mockReturnValue(1_030_000);
    wakeUp.wakeBy(1_038_000);
    expect(set).toEqual([1_008_000]);
    now.mockReturnValue(1_070_000);
    wakeUp.wakeBy(1_078_000);
    wakeUp.wakeBy(1_079_000);
    expect(set).toEqual([1_008_000, 1_070_000]);
  } finally {
    now.mockRestore();
  }
});

describe("what is done at leisure", () => {
  /** The alarms that are set, as a calendar would move them: what is done at leisure by 20 s. */
  function alarms() {
    const set: number[] = [];
    const recording = { ...storage, setAlarm: async (at: number) => void set.push(at) };
    const place = { book: (atMs: number, leisureMs = 0) => atMs + (leisureMs > 0 ? 20_000 : 0) };
    const wakeUp = new WakeUp(
      recording as unknown as DurableObjectStorage,
      platform,
      deadlines,
      async () => {},
      place,
    );
    return { set, wakeUp };
  }

  it("is satisfied by any alarm within half a minute", () => {
    const { set, wakeUp } = alarms();
    const soon = Date.now() + 8000;
    wakeUp.wakeAtLeisure(soon);
    wakeUp.wakeAtLeisure(soon - 5000);
    wakeUp.wakeAtLeisure(soon + 5000);
    expect(set).toEqual([soon + 20_000]);
    wakeUp.wakeAtLeisure(soon - 15_000);
    expect(set).toEqual([soon + 20_000, soon + 5000]);
  });

  it("puts off nothing that is due meanwhile", () => {
    const { set, wakeUp } = alarms();
    const soon = Date.now() + 8000;
    wakeUp.wakeAtLeisure(soon);
    wakeUp.wakeBy(soon + 1000);
    expect(set).toEqual([soon + 20_000, soon + 1000]);
  });

  it("takes no alarm of its own at the end of a handler where one is due by then", () => {
    const { set, wakeUp } = alarms();
    const soon = Date.now() + 8000;
    wakeUp.beginHandling();
    wakeUp.wakeAtLeisure(soon);
    wakeUp.endHandling(soon + 25_000, soon);
    expect(set).toEqual([soon + 25_000]);
    wakeUp.noteRing();
    wakeUp.beginHandling();
    wakeUp.endHandling(soon + 40_000, soon);
    expect(set).toEqual([soon + 25_000, soon + 20_000]);
  });
});
