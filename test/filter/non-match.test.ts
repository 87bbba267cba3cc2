import { describe, expect, it } from "vitest";
import { explainNonMatch } from "../../src/filter/non-match.ts";

const ALL = { types: ["*"], stages: [], tags: [], context: {}, filter: null };

const event = {
  type: "deal.created",
  tags: ["vip", "eu"],
  context: { campaignId: "c1" },
  created: 1_763_631_000,
  data: '{"value":12345678901234567890,"currency":"USD","items":[{"n":1},{"n":2}],"note":null}',
  stage: "won",
};

const explained = (subscription: object) => explainNonMatch({ ...ALL, ...subscription }, event).nonMatch;
const ofFilter = (filter: string) => {
  const found = explained({ filter });
  return found && { part: found.part, reason: found.reason, values: found.values };
};

it("has nothing to explain where all conditions hold", () => {
  expect(explained({ types: ["deal.*"], tags: ["vip"], filter: 'deal.currency == "USD"' })).toBeNull();
});

it.each([
  [
    { types: ["lead.*", "deal"] },
    { condition: "types", wanted: ["lead.*", "deal"], actual: ["deal.created"] },
  ],
  [{ stages: ["lost"] }, { condition: "stages", wanted: ["lost"], actual: ["won"] }],
  [{ tags: ["us"] }, { condition: "tags", wanted: ["us"], actual: ["vip", "eu"] }],
  [
    { context: { campaignId: "c2" } },
    { condition: "context", key: "campaignId", wanted: ["c2"], actual: ["c1"] },
  ],
  [
    { context: { campaignId: "c1", other: "x" } },
    { condition: "context", key: "other", wanted: ["x"], actual: [] },
  ],
])("names the first condition of %j that fails, with what it asks for and what was there", (given, told) => {
  expect(explained(given)).toMatchObject(told);
});

describe("of a filter", () => {
  it("names the part that is false among those that must hold, with the values that it met", () => {
    expect(
      ofFilter('deal.currency == "USD" && (deal.value > 9 && deal.value < 10) && "vip" in tags'),
    ).toEqual({
      part: "deal.value < 10",
      reason: "is false",
      values: [{ expression: "deal.value", value: "12345678901234567890" }],
    });
  });

  it("names the part that is false beside one that fails, and the failing one where nothing is false", () => {
    expect(ofFilter('deal.missing > 1 && deal.currency == "EUR"')).toEqual({
      part: 'deal.currency == "EUR"',
      reason: "is false",
      values: [{ expression: "deal.currency", value: '"USD"' }],
    });
    expect(ofFilter('deal.currency == "USD" && deal.missing > 1')).toEqual({
      part: "deal.missing > 1",
      reason: "no such key: deal.missing",
      values: [{ expression: "deal.missing", value: null }],
    });
  });

  it("names alternatives whole, and the branch that a choice took", () => {
    expect(ofFilter("deal.value < 1 || size(tags) > 5")).toMatchObject({
      part: "deal.value < 1 || size(tags) > 5",
      values: [
        { expression: "deal.value", value: "12345678901234567890" },
        { expression: "tags", value: '["vip","eu"]' },
      ],
    });
    expect(ofFilter('"vip" in tags ? deal.note == "x" : true')).toEqual({
      part: 'deal.note == "x"',
      reason: "is false",
      values: [{ expression: "deal.note", value: "null" }],
    });
  });

  it("leaves a loop's own variable out of the values", () => {
    expect(ofFilter("deal.items.all(item, item.n < 2)")).toEqual({
      part: "deal.items.all(item, item.n < 2)",
      reason: "is false",
      values: [{ expression: "deal.items", value: '[{"n":1},{"n":2}]' }],
    });
  });

  it("shortens what is told, and costs a bounded number of steps, whatever the event and the filter", () => {
    const long = {
      ...event,
      data: JSON.stringify({ list: Array.from({ length: 9000 }, (_, n) => `x${n}`) }),
    };
    const costly = Array.from({ length: 20 }, () => "data.list.all(x, x.contains('x'))").join(" && ");
    const { nonMatch, steps } = explainNonMatch({ ...ALL, filter: `${costly} && data.list == []` }, long);
    expect(nonMatch?.condition).toBe("filter");
    for (const { value } of nonMatch?.values ?? []) expect(value?.length).toBeLessThanOrEqual(201);
    expect(steps).toBeLessThan(150_000);
  });
});
