import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { asLargeWork, LargeWork, STEPS_PER_MS } from "../../src/http/large-work.ts";
import { noteUse } from "../../src/storage/recent-use.ts";

const LARGE = 1024 * 1024;
const SMALL = 1024;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  // What the test before had took long ago.
  vi.setSystemTime(Date.now() + 60_000);
});

afterEach(() => {
  vi.useRealTimers();
});

/** Has the thread busy for so long, of which timers know nothing, and says when it began. */
const busy = (forMs: number) => () => {
  const from = Date.now();
  vi.setSystemTime(from + forMs);
  return from;
};

/** Lets as much time pass as something takes. */
async function passing<Result>(work: Promise<Result>): Promise<Result> {
  let isDone = false;
  const end = () => {
    isDone = true;
  };
  work.then(end, end);
  while (!isDone) await vi.advanceTimersByTimeAsync(1);
  return work;
}

it("has one piece of work on large bodies at a time, and after each as long a rest as it took", async () => {
  const started = await passing(Promise.all([20, 20, 20].map((ms) => asLargeWork(null, LARGE, busy(ms)))));
  const [first = 0, second = 0, third = 0] = started.toSorted((a, b) => a - b);
  expect(second - first).toBeGreaterThanOrEqual(40);
  expect(third - second).toBeGreaterThanOrEqual(40);
});

it("rests for other workspaces as long as they use the thread, and not where it is alone", async () => {
  const [own, other] = ["ws_large", "ws_other"];
  const restAfter = async (ms: number) => {
    const [from = 0, next = 0] = [
      await passing(asLargeWork(own, LARGE, busy(ms))),
      await passing(asLargeWork(own, LARGE, () => Date.now())),
    ];
    return next - from - ms;
  };
  noteUse(own, Date.now());
  expect(await restAfter(200)).toBeLessThan(200);
  noteUse(other, Date.now());
  noteUse(own, Date.now());
  expect(await restAfter(200)).toBeGreaterThanOrEqual(200);
});

it("lets what is due run between two pieces of one request", async () => {
  const order: string[] = [];
  const work = new LargeWork(null, LARGE);
  await passing(work.beginPiece());
  setTimeout(() => order.push("another's"), 0);
  order.push("first");
  busy(20)();
  await passing(work.beginPiece());
  order.push("second");
  work.end();
  expect(order).toEqual(["first", "another's", "second"]);
});

it("is done with the first of two equal bodies before it goes on with the second", async () => {
  const order: string[] = [];
  const inThreePieces = async (name: string) => {
    const work = new LargeWork(null, LARGE);
    for (let piece = 0; piece < 3; piece++) {
      await work.beginPiece();
      order.push(name);
      busy(60)();
    }
    work.end();
  };
  await passing(Promise.all([inThreePieces("a"), inThreePieces("b")]));
  // The first piece tells that it is large.
  expect(order).toEqual(["a", "b", "a", "a", "b", "b"]);
});

it("has a body that came later overtake one that has had much already", async () => {
  const order: string[] = [];
  const large = new LargeWork(null, LARGE);
  await passing(large.beginPiece());
  busy(60)();
  const goesOn = large.beginPiece().then(() => order.push("large"));
  await passing(asLargeWork(null, LARGE, () => order.push("later")));
  await passing(goesOn);
  large.end();
  expect(order).toEqual(["later", "large"]);
});

it("has small bodies wait for no turn", async () => {
  await passing(asLargeWork(null, LARGE, busy(500)));
  let isLater = false;
  setTimeout(() => {
    isLater = true;
  }, 0);
  await asLargeWork(null, SMALL, () => {});
  expect(isLater).toBe(false);
});

it("gives the next one its turn where one fails", async () => {
  const failed = asLargeWork(null, LARGE, () => {
    throw new Error("not readable");
  });
  await expect(passing(failed)).rejects.toThrow("not readable");
  expect(await passing(asLargeWork(null, LARGE, () => "read"))).toBe("read");
});

it("rests as long as what was counted takes, where the clock stands still while it computes", async () => {
  const work = new LargeWork(null, LARGE);
  await passing(work.beginPiece());
  work.countSteps(10 * STEPS_PER_MS);
  work.countSteps(20 * STEPS_PER_MS);
  const endedAt = Date.now();
  work.end();
  expect((await passing(asLargeWork(null, LARGE, () => Date.now()))) - endedAt).toBeGreaterThanOrEqual(30);
});
