import { expect, it } from "vitest";
import { Sweeping, type SweepingPort } from "../../src/delivery/sweeping.ts";

const STEP_MS = 8;

/** A sweep of so many steps, each of which takes 8 ms of the thread, and the timers that it sets. */
function scene(steps: number) {
  let nowMs = 1_800_000_000_000;
  let left = steps;
  const timers: { delayMs: number; ring: () => void }[] = [];
  const parts = {
    configuration: { current: { config: { workspaceId: "ws_sweeping" } } },
    existence: { isErased: false },
    health: { countCanceled: () => {} },
    tail: { noteSkipped: () => {} },
    surroundings: {
      nowMs: () => nowMs,
      after: (delayMs: number, ring: () => void) => {
        timers.push({ delayMs, ring });
        return () => {};
      },
    },
    sweeps: {
      get isDone() {
        return left === 0;
      },
      step: () => {
        left--;
        nowMs += STEP_MS;
        return 0;
      },
    },
  };
  const sweeping: Sweeping = new Sweeping({
    parts: parts as unknown as SweepingPort["parts"],
    change: (change) => change(),
    start: () => sweeping.goOn(),
  });
  return {
    sweeping,
    left: () => left,
    /** Rings all timers that are set; returns what those of the sweep waited, milliseconds. */
    ring: () => {
      const due = timers.splice(0);
      for (const { delayMs, ring } of due) {
        nowMs += delayMs;
        ring();
      }
      return due.map(({ delayMs }) => delayMs);
    },
  };
}

it("rests after each step for as long as it took, and makes no other meanwhile, whoever asks", () => {
  const { sweeping, left, ring } = scene(3);
  sweeping.goOn();
  sweeping.goOn();
  expect([left(), sweeping.isUnderWay]).toEqual([2, true]);
  expect(ring()).toEqual([STEP_MS]);
  expect(left()).toBe(1);
  expect(ring()).toContain(STEP_MS);
  expect([left(), sweeping.isUnderWay]).toEqual([0, false]);
});
