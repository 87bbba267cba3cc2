import { describe, expect, it } from "vitest";
import { EventNames, Filter } from "../../../src/filter/filter.ts";

function nonMatch(expression: string, data: unknown): string | null {
  const text = JSON.stringify(data);
  return new Filter(expression).nonMatch(
    new EventNames({ type: "deal.created", tags: [], context: {}, created: 0, data: text }),
  );
}

function chain(condition: string, operator: string): string {
  return Array.from({ length: 60 }, () => condition).join(` ${operator} `);
}

const ONES = Array.from({ length: 200_000 }, () => 1);
const LETTERS = "a".repeat(1_000_000);

describe("an evaluation ends, without a match, where it would cost too much:", () => {
  it.each([
    ["a loop within a loop", "data.l.all(a, data.l.all(b, a == b))", { l: ONES }],
    ["loops that fail each time", "data.l.exists(a, data.l.exists(b, b.c == a))", { l: ONES }],
    ["a long body", `data.l.all(a, ${chain("a < 9", "&&")})`, { l: ONES }],
    ["a list made in each turn", "data.l.exists(a, data.l.map(b, b) == [])", { l: ONES }],
    ["lists compared again and again", chain("data.l == data.m", "&&"), { l: ONES, m: ONES }],
    ["lists searched again and again", chain("2 in data.l", "||"), { l: ONES }],
    ["lists added up", `data.l.exists(a, ${chain("data.l", "+")} == [])`, { l: ONES }],
    ["texts searched again and again", chain('data.s.contains("ab")', "||"), { s: LETTERS }],
    ["a long text searched for a long one", "data.s.contains(data.t)", { s: LETTERS, t: `b${LETTERS}` }],
    ["texts added up", `${chain("data.s", "+")} == "x"`, { s: LETTERS }],
    [
      "texts doubled",
      `[data.s]${".map(a, a + a)".repeat(12)}.exists(a, a.contains("b"))`,
      { s: LETTERS.slice(0, 10_000) },
    ],
    ["texts counted", chain("size(data.s) == 1", "||"), { s: LETTERS }],
  ])("%s", (_name, expression, data) => {
    expect(nonMatch(expression, data)).toBe("too costly for this event");
  });

  it("whatever another part of the expression says", () => {
    const costly = "data.l.all(a, data.l.all(b, a == b))";
    expect(nonMatch(`${costly} || true`, { l: ONES })).toBe("too costly for this event");
    expect(nonMatch(`!(${costly} && false)`, { l: ONES })).toBe("too costly for this event");
    expect(nonMatch(`true || ${costly}`, { l: ONES })).toBeNull();
  });

  it("but a list of a thousand may be gone through", () => {
    const lines = Array.from({ length: 1000 }, (_, n) => ({ sku: `s${n}`, count: n }));
    expect(nonMatch('data.lines.exists(line, line.count > 998 && line.sku == "s999")', { lines })).toBeNull();
  });

  it("and a hundred kilobytes of text may be searched once", () => {
    expect(nonMatch('data.s.contains("needle")', { s: `${LETTERS.slice(0, 100_000)}needle` })).toBeNull();
  });
});
