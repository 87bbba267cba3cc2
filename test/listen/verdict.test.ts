import { expect, it } from "vitest";
import { judge, type Seen } from "./verdict.ts";

/** Attempts of events `a`, `b`, …: a capital one fails; `|` ends a life, or the gap that `:` begins after one. */
function seen(written: string): Seen[] {
  let life = 1;
  return [...written].flatMap((event, index) => {
    if (event === "|") life = Math.floor(life) + 1;
    if (event === ":") life += 0.5;
    if (event === "|" || event === ":") return [];
    const times = { startedAt: index * 10, endedAt: index * 10 + 5 };
    return [{ event: event.toLowerCase(), life, ...times, isSuccess: event === event.toLowerCase() }];
  });
}

const published = ["a", "b", "c"];

it.each([
  ["Aab|bc", { failed: 1, repeats: 1 }],
  ["a:b|bc", { failed: 0, repeats: 1 }],
  ["abc", { failed: 0, repeats: 0 }],
])("%s is as promised", (written, counts) => {
  expect(judge(seen(written), published)).toEqual({ ...counts, violations: [] });
});

it.each([
  ["ab", "event c was lost"],
  ["acb", "sequence 3"],
  ["abbc", "came after its success, without a crash"],
  ["ab:c|bc", "the crash of life 1 repeated 2 successes"],
  ["abcx", "event x came, which was not published"],
])("%s breaks a promise: %s", (written, text) => {
  expect(judge(seen(written), published).violations.join()).toContain(text);
});
