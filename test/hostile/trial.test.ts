import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Attack } from "./attacks.ts";
import { inFull, inShort, type Rules, Trial } from "./trial.ts";

const SLOW = 700;
const FAST = 20;

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => {});
});

/** The outcome where the neighbour waits so long in each calm, and in one attack after the other, milliseconds. */
async function outcome(
  rules: Rules,
  calmMs: number,
  attackMs: number[],
  answers: Record<string, number> = {},
) {
  let plays = 0;
  const phase = async (name: string) => {
    const p99Ms = name === "calm" ? calmMs : (attackMs[plays++] ?? Number.NaN);
    return { name, count: 160, expected: 160, p50Ms: 5, p99Ms, mostMs: p99Ms };
  };
  const attacker = { answers, forgetAnswers: () => {} };
  const share = { sinceLastLook: () => 1 };
  const trial = new Trial({ phase } as never, attacker as never, share as never, 4, rules);
  const attack: Attack = { name: "attack", run: async () => 100, least: () => 100 };
  return { ...(await trial.play(attack)), plays };
}

describe("an attack in the short form", () => {
  const rules = () => inShort(Date.now(), 1);

  it("fails that makes the neighbour wait each time it is played", async () => {
    const { failures, notJudged, plays } = await outcome(rules(), FAST, [SLOW, SLOW, SLOW]);
    expect([failures.length, notJudged, plays]).toEqual([1, null, 3]);
  });

  it("holds that does not each time", async () => {
    const { failures, notJudged } = await outcome(rules(), FAST, [SLOW, SLOW, FAST]);
    expect([failures, notJudged]).toEqual([[], null]);
  });

  it("is not judged by what the neighbour waits where no calm was calm, and says so", async () => {
    const { failures, notJudged, plays } = await outcome(rules(), 120, [SLOW, SLOW, SLOW, SLOW, SLOW]);
    expect([failures, plays]).toEqual([[], 5]);
    expect(notJudged).toContain("the calm was none: p99 120 ms of 50 ms");
  });

  it("is judged by what it is answered, whatever else the machine does", async () => {
    const { failures } = await outcome(rules(), 120, [SLOW, SLOW, SLOW, SLOW, SLOW], { "500": 2 });
    expect(failures).toContain("attack: the attacker got 2 × 500");
  });

  it("is not played again for a calm after 100 s, but to see that it fails", async () => {
    const late = () => inShort(Date.now() - 101_000, 1);
    expect(await outcome(late(), 120, [SLOW])).toMatchObject({ failures: [], plays: 1 });
    expect(await outcome(late(), FAST, [SLOW, SLOW, SLOW])).toMatchObject({ plays: 3, notJudged: null });
  });
});

describe("an attack in full", () => {
  it("fails that makes the neighbour wait twice, and one of which no play tells that it holds", async () => {
    expect((await outcome(inFull(1), FAST, [SLOW, SLOW])).failures).toHaveLength(1);
    expect((await outcome(inFull(1), 120, [FAST, FAST, FAST, FAST])).failures).toHaveLength(1);
  });
});
