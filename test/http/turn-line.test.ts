import { beforeEach, describe, expect, it } from "vitest";
import { TurnLine, type Waiting } from "../../src/http/turn-line.ts";

const NOW = Date.UTC(2026, 10, 1);

let line: TurnLine;
let arrivals: number;

beforeEach(() => {
  line = new TurnLine();
  arrivals = 0;
});

/** One that comes into the line now, and has had so much of the thread. */
function arrived(hadMs = 0, more: Partial<Waiting> = {}): Waiting {
  const waiting = { arrival: ++arrivals, hadMs, waitsSince: NOW, looksAt: NOW, ...more };
  line.enter(waiting, NOW);
  return waiting;
}

/** Whose turn it is, if each looks now. */
const isFirst = (waiting: Waiting, now = NOW) => line.waitMs(waiting, now) === 0;

describe("the line for the shared thread", () => {
  it("has the one first that arrived first, however often it has had a turn", () => {
    const [first, second] = [arrived(200), arrived(100)];
    expect([isFirst(first), isFirst(second)]).toEqual([true, false]);
    line.leave(first);
    expect(isFirst(second)).toBe(true);
    line.enter({ ...first, hadMs: 300 }, NOW);
    expect(isFirst(second)).toBe(false);
  });

  it("has work that had little overtake work that had much", () => {
    const [large, larger] = [arrived(20), arrived(80)];
    const small = arrived(1);
    expect([small, large, larger].map((one) => isFirst(one))).toEqual([true, false, false]);
    expect(line.waitMs(larger, NOW)).toBeGreaterThan(line.waitMs(large, NOW));
  });

  it("has the one first that has waited for more than five seconds, whatever it had", () => {
    const large = arrived(500, { waitsSince: NOW - 5001 });
    const small = arrived();
    expect([isFirst(large), isFirst(small)]).toEqual([true, false]);
  });

  it("passes over one that does not look any more, and takes it back where it does all the same", () => {
    const gone = arrived(0, { looksAt: NOW - 1001 });
    const next = arrived();
    expect(isFirst(next)).toBe(true);
    line.enter({ ...gone, looksAt: NOW }, NOW);
    expect(isFirst(next)).toBe(false);
  });

  it("has each look the later the more are before it, and at least twice a second", () => {
    const waiting = Array.from({ length: 1000 }, () => arrived());
    const waits = waiting.map((one) => line.waitMs(one, NOW));
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    expect([waits[0], waits.at(-1)]).toEqual([0, 500]);
  });
});
