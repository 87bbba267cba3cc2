import { describe, expect, it } from "vitest";
import { EventNames, Filter, type FilterableEvent, filterProblem } from "../../src/filter/filter.ts";

const DATA = `{
  "value": 48000, "paid": 48000.5, "rate": 1.0, "big": 12345678901234567890, "debt": -5,
  "name": "Ann Lee", "nothing": null, "isOpen": true, "numbers": [1, 2, 3], "letters": ["a", "b"],
  "lines": [{"count": 1, "code": "x"}, {"count": 5}], "owner": {"team": {"name": "north"}},
  "closedAt": "2026-01-01T00:00:00Z", "greeting": "h\\u00e9\\ud83d\\ude00"
}`;

function event(given: Partial<FilterableEvent> = {}): EventNames {
  return new EventNames({
    type: "deal.created",
    tags: ["vip", "eu"],
    context: { campaignId: "c1" },
    created: 1763631000,
    data: DATA,
    ...given,
  });
}

function nonMatch(expression: string, given: Partial<FilterableEvent> = {}): string | null {
  return new Filter(expression).nonMatch(event(given));
}

describe("a filter matches", () => {
  it.each([
    "deal.value > 10000",
    "data.value > 10000",
    '"vip" in tags',
    'type == "deal.created"',
    'context.campaignId == "c1"',
    "created > 1700000000 && created < 1800000000",
    'deal.value > 10000 && "vip" in tags && deal.owner.team.name == "north"',
    "deal.value + 1 > 5",
    "deal.value > 10000.5",
    "deal.paid > 10000",
    "deal.value == 48000.0",
    "deal.paid - deal.value == 0.5",
    "deal.rate / 2 == 0.5",
    "deal.debt < 0 && -deal.debt == 5",
    "7 / 2 == 3 && 7 % 2 == 1 && 7.0 / 2 == 3.5",
    "deal.nothing == null && deal.name != null",
    "deal.isOpen && !(deal.value < 1)",
    "deal.isOpen ? deal.value > 1 : false",
    'deal["value"] == 48000',
    "deal.numbers[0] == 1 && 2 in deal.numbers && !(9 in deal.numbers)",
    '"value" in deal && !("price" in deal)',
    "deal.numbers == [1, 2, 3] && deal.numbers != [1, 2]",
    'deal.owner == {"team": {"name": "north"}}',
    "has(deal.value) && !has(deal.price)",
    'deal.name.startsWith("Ann") && deal.name.endsWith("Lee") && deal.name.contains("n L")',
    'deal.name.lowerAscii() == "ann lee" && deal.name.upperAscii() == "ANN LEE" && " a ".trim() == "a"',
    "size(deal.numbers) == 3 && deal.name.size() == 7 && size(deal.greeting) == 3",
    "deal.numbers.exists(n, n > 2) && deal.numbers.all(n, n > 0) && deal.numbers.exists_one(n, n == 2)",
    "deal.numbers.map(n, n * 2) == [2, 4, 6] && deal.numbers.filter(n, n > 1) == [2, 3]",
    "deal.numbers.map(n, n > 1, n + 1) == [3, 4]",
    'deal.owner.all(key, key == "team")',
    "deal.numbers.exists(n, deal.lines.exists(line, line.count == n + 2))",
    'int("42") == 42 && int(3.9) == 3 && double("3.5") == 3.5 && string(42) == "42" && bool("true")',
    'timestamp(deal.closedAt) < timestamp("2026-06-01T00:00:00+02:00")',
    'timestamp(created) > timestamp("2025-01-01T00:00:00Z")',
    "deal.value in [1, 48000]",
    '"b" > "a"',
    "true",
  ])("%s", (expression) => {
    expect(nonMatch(expression)).toBeNull();
  });

  it("compares integers by all of their digits", () => {
    expect(nonMatch("deal.big == 12345678901234567890")).toBeNull();
    expect(nonMatch("deal.big == 12345678901234567891")).toBe("is false");
    expect(nonMatch("deal.big > 12345678901234567889")).toBeNull();
  });

  it("what names the object by the first segment of its own type", () => {
    expect(nonMatch("call_started.value > 1", { type: "call_started" })).toBeNull();
    expect(nonMatch("deal.value > 1", { type: "dealer.created" })).toBe("no such name: deal");
    expect(nonMatch('type == "type.x"', { type: "type.x" })).toBeNull();
  });
});

describe("a filter does not match, and tells why, where", () => {
  it.each([
    ["deal.value > 100000", "is false"],
    ["deal.price > 1", "no such key: deal.price"],
    ["deal.owner.region.name == 1", "no such key: deal.owner.region"],
    ["has(deal.region.name)", "no such key: deal.region"],
    ["deal.numbers[3] == 1", "no such key: deal.numbers[3]"],
    ["deal.name.first == 1", "no such key: deal.name.first"],
    ["contact.value > 1", "no such name: contact"],
    ["deal.constructor == 1 || deal.__proto__ == 1", "no such key: deal.constructor"],
    ["toString == 1", "no such name: toString"],
    ["deal.name > 5", "> is not defined for string and int"],
    ["deal.nothing > 5", "> is not defined for null and int"],
    ['deal.value.contains("4")', "contains is not defined for int and string"],
    ["deal.name && true", "&& is not defined for string and bool"],
    ["deal.value ? true : false", "?: is not defined for int"],
    ["deal.value", "is neither true nor false, but of type int"],
    ["deal.numbers.exists(n, n)", "the condition of exists is not defined for int"],
    ["deal.lines.all(line, line.code == 'x')", "no such key: line.code"],
    ["1 / 0 == 1", "division by zero"],
    ["9223372036854775807 + deal.value > 0", "integer overflow"],
    ["int(deal.name) == 1", "int() cannot convert this string"],
    ["timestamp(deal.name) > timestamp(0)", "timestamp() cannot convert this string"],
  ])("%s: %s", (expression, reason) => {
    expect(nonMatch(expression)).toBe(reason);
  });
});

describe("&& and || decide by one side", () => {
  it("even if the other one has no value", () => {
    expect(nonMatch("deal.price > 1 || deal.value > 1")).toBeNull();
    expect(nonMatch("!(deal.price > 1 && deal.value < 1)")).toBeNull();
    expect(nonMatch("deal.price > 1 && deal.value > 1")).toBe("no such key: deal.price");
    expect(nonMatch("deal.lines.exists(line, line.code == 'x')")).toBeNull();
    expect(nonMatch("!deal.lines.all(line, line.count > 1 && line.code == 'y')")).toBeNull();
  });
});

describe("an expression is refused, with its place,", () => {
  it.each([
    ["", "character 1: it is empty"],
    ["deal.value >", "character 13: something is missing at its end"],
    ["deal.value = 5", "character 12: = is no operator; equal is =="],
    ["deal.name.matches('a+')", "character 11: matches() is not available in filters"],
    ["deal.name.split(',').size() > 1", "character 11: split() is not available in filters"],
    ["now() > 5", "character 1: now() is not available in filters"],
    ["cel.bind(a, 1, a > 0)", "character 5: bind() is not available in filters"],
    ["size() > 1", "character 1: size() takes 1 argument"],
    ["has(deal)", "character 1: has() takes a field, as has(deal.value)"],
    [
      "deal.numbers.exists(1, true)",
      "character 21: the first argument must be a name, as in list.exists(item, item.n > 0)",
    ],
    ["'vip'", "character 1: it is no condition: it is never true or false"],
    ["deal.value + 1", "character 1: it is no condition: it is never true or false"],
    ["deal.numbers.map(n, n > 1)", "character 1: it is no condition: it is never true or false"],
    ["b'x' == b'x'", "character 1: bytes are not available in filters"],
    [
      "package.weight > 1",
      "character 1: package is a reserved word; write data.package or take another name",
    ],
    ["deal.value > 5 deal", "character 16: deal is not expected here"],
    ["deal.value == 'a", "character 15: a text begins here that has no quote at its end"],
    ["deal.value == '\\q'", "character 16: \\q is no escape that a text may hold"],
    ["deal.value > 0x", "character 14: 0x is no number"],
  ])("%s: %s", (expression, problem) => {
    expect(filterProblem(expression)).toBe(problem);
  });

  it("if it is too large or nested too deep", () => {
    for (const hostile of [
      `${"!".repeat(4000)}true`,
      `${"-".repeat(4000)}1 == 1`,
      `${"(".repeat(1000)}true${")".repeat(1000)}`,
      `deal${".a".repeat(1000)}`,
      `deal${"[0]".repeat(1000)}`,
      `${"[".repeat(1000)}${"]".repeat(1000)} == []`,
      `1 ${"+ 1 ".repeat(1000)} == 1`,
      `${"true ? ".repeat(280)}true${" : true".repeat(280)}`,
    ]) {
      expect(filterProblem(hostile)).toMatch(
        /^character \d+: (it is nested too deep|it has more than 1,000 operations)/,
      );
    }
  });
});
