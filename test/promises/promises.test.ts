import { describe, expect, it } from "vitest";
import { mostAtOnce } from "./at-once.ts";
import type { SeenAttempt } from "./attempt.ts";
import { ofEachKey } from "./keys.ts";
import { lossesOf } from "./losses.ts";
import { orderViolations } from "./order.ts";
import { allowedRepeats, mostOfOneCrash, repeatsOf, tooManyRepeats } from "./repeats.ts";
import { changedSequences, gaps, overtaken, sharedSequences } from "./sequences.ts";

/** The attempts of sequences 1, 2, …: `2`, or `2x` for a failed one; `|` is a crash. Each takes 5 ms of its 10. */
function attempts(written: string): SeenAttempt[] {
  let life = 1;
  return written.split(" ").flatMap((attempt, index) => {
    if (attempt === "|") life++;
    if (attempt === "|") return [];
    const sequence = Number.parseInt(attempt, 10);
    const times = { startedAt: index * 10, endedAt: index * 10 + 5 };
    return { event: `evt_${sequence}`, sequence, life, ...times, isSuccess: !attempt.endsWith("x") };
  });
}

const ordered = (written: string, endsInSuccess = false) =>
  orderViolations(attempts(written), { endsInSuccess, slackMs: 0 });

describe("losses", () => {
  const owed = (fate: Parameters<typeof lossesOf>[0][number]["fate"], wasReceived = false) =>
    lossesOf([{ event: "1", fate, wasReceived }]);

  it.each([
    [null, "event 1 was lost"],
    ["pending", "event 1 is pending for ever"],
    ["delivered", "event 1 counts as delivered, and never came"],
  ] as const)("are told of what is %s without having come: %s", (fate, text) => {
    expect(owed(fate)).toEqual([text]);
  });

  it("are none of what came, died, was canceled, was missed or whose endpoint was deleted", () => {
    expect(owed("delivered", true)).toEqual([]);
    expect((["dead", "canceled", "missed", "deleted"] as const).flatMap((fate) => owed(fate))).toEqual([]);
  });
});

describe("order", () => {
  it.each(["1 2 3", "1x 1 2", "1 2 | 2 3", "1 3x 3", "1x 3 | 3 4"])("is kept by %s", (written) => {
    expect(ordered(written)).toEqual([]);
  });

  it.each([
    ["1 3 2", "came after sequence 3"],
    ["1 2 2", "came after its success, without a crash"],
    ["1 2 | 1 2", "came after sequence 2"],
  ])("is broken by %s: %s", (written, text) => {
    expect(ordered(written).join()).toContain(text);
  });

  it("has no gap where each delivery ends in a success", () => {
    expect(ordered("1 3", true).join()).toContain("came after the success of sequence 1");
  });

  it("is broken by an attempt that began while the one before it was under way", () => {
    const [first, second] = attempts("1 2") as [SeenAttempt, SeenAttempt];
    expect(
      orderViolations([{ ...first, endedAt: 12 }, second], { endsInSuccess: false, slackMs: 0 }).join(),
    ).toContain("came before the attempt before it was answered");
  });
});

describe("order by key", () => {
  it("is judged for each key by itself, and names it", () => {
    const keyOf = ({ sequence }: SeenAttempt) => ((sequence ?? 0) < 10 ? "low" : "high");
    const judge = (written: string) =>
      ofEachKey(attempts(written), keyOf, (mine) =>
        orderViolations(mine, { endsInSuccess: false, slackMs: 0 }),
      );
    expect(judge("11 1 12 2")).toEqual([]);
    expect(judge("12 1 11 2")).toEqual([
      'key "high": the attempt of event evt_11 (sequence 11, life 1, a success) came after sequence 12',
    ]);
  });
});

describe("at once", () => {
  const lasting = (...spans: [startedAt: number, endedAt: number | null][]) =>
    mostAtOnce(spans.map(([startedAt, endedAt]) => ({ startedAt, endedAt })));

  it("are those that had begun and not ended: one that was never answered is open for good", () => {
    expect(lasting([0, 5], [5, 10], [10, 15])).toBe(1);
    expect(lasting([0, 20], [5, 10], [7, 10], [12, 15])).toBe(3);
    expect(lasting([0, null], [100, 105])).toBe(2);
    expect(lasting()).toBe(0);
  });
});

describe("repeats", () => {
  const repeats = (written: string) => repeatsOf(attempts(written), ({ event }) => event);

  it("are counted by the crash that took the record", () => {
    const counted = repeats("1 2 | 1 | 2 3 | 3");
    expect([...counted.byCrash]).toEqual([
      [1, 2],
      [3, 1],
    ]);
    expect(mostOfOneCrash(counted)).toBe(2);
    expect(mostOfOneCrash(repeats("1 | 2"))).toBe(0);
  });

  it("may be one with `serialize`, otherwise what was in flight and one group of records", () => {
    expect(tooManyRepeats(repeats("1 2 | 1 2"), allowedRepeats({ serialize: true, inFlight: 20 }))).toEqual([
      "the crash of life 1 repeated 2 successes, where 1 may be",
    ]);
    expect(tooManyRepeats(repeats("1 2 | 1 2"), allowedRepeats({ serialize: false, inFlight: 1 }))).toEqual(
      [],
    );
  });

  it("without a crash are told one by one", () => {
    expect(repeats("1 1x 1").withoutCrash).toHaveLength(1);
  });
});

describe("sequences", () => {
  it("have no gap", () => {
    expect(gaps([2, 1, 3, 2])).toEqual([]);
    expect(gaps([1, 3])).toEqual(["sequence 2 never came"]);
  });

  it("belong to one event, and stay with it", () => {
    const numbered = [
      { event: "a", sequence: 1 },
      { event: "b", sequence: 1 },
    ];
    expect(sharedSequences(numbered)).toHaveLength(1);
    expect(changedSequences([...numbered, { event: "a", sequence: 2 }])).toHaveLength(1);
    expect(changedSequences(numbered)).toEqual([]);
  });

  it("follow acceptance, but for what was on its way at the same time", () => {
    const first = { event: "a", sentAt: 0, acceptedAt: 5 };
    const meanwhile = { event: "b", sentAt: 4, acceptedAt: 9 };
    const later = { event: "c", sentAt: 6, acceptedAt: 9 };
    expect(overtaken([meanwhile, first])).toEqual([]);
    expect(overtaken([later, first])).toEqual([
      "event a has a higher sequence than event c, which was sent after its 202",
    ]);
  });
});
