import { describe, expect, it } from "vitest";
import type { Subscription } from "../../src/domain/endpoint.ts";
import { typeMatches } from "../../src/domain/type-pattern.ts";
import { type Matchable, nonMatch } from "../../src/filter/subscription.ts";
import { SubscriptionIndex } from "../../src/filter/subscription-index.ts";
import { matched } from "./matched.ts";

function subscription(given: Partial<Subscription> = {}): Subscription {
  return { types: ["*"], stages: [], tags: [], context: {}, filter: null, ...given };
}

function event(given: Partial<Matchable> = {}): Matchable {
  return { type: "deal.created", tags: [], context: {}, created: 0, data: "{}", ...given };
}

function indexOf(subscriptions: Partial<Subscription>[], disabled: number[] = []): SubscriptionIndex {
  const index = new SubscriptionIndex();
  for (const [i, given] of subscriptions.entries()) {
    index.set(i + 1, {
      endpointId: `ep_${i + 1}`,
      version: 1,
      subscription: subscription(given),
      disabled: disabled.includes(i + 1),
    });
  }
  return index;
}

describe("a type pattern", () => {
  it("with a wildcard takes what starts with its prefix and dot, not the prefix itself", () => {
    expect(typeMatches("deal.*", "deal.created")).toBe(true);
    expect(typeMatches("deal.*", "deal.stage.changed")).toBe(true);
    expect(typeMatches("deal.*", "deal")).toBe(false);
    expect(typeMatches("deal.*", "dealer.created")).toBe(false);
    expect(typeMatches("deal.stage.*", "deal.created")).toBe(false);
  });

  it("without one takes exactly its type", () => {
    expect(typeMatches("deal.created", "deal.created")).toBe(true);
    expect(typeMatches("deal.created", "deal.created.late")).toBe(false);
    expect(typeMatches("deal", "deal.created")).toBe(false);
  });

  it("* takes everything but the service's operational events, which must be named", () => {
    expect(typeMatches("*", "deal")).toBe(true);
    expect(typeMatches("*", "webhooks.endpoint.failing")).toBe(false);
    expect(typeMatches("webhooks.*", "webhooks.endpoint.failing")).toBe(true);
    expect(typeMatches("webhooks.endpoint.failing", "webhooks.endpoint.failing")).toBe(true);
    expect(typeMatches("*", "webhooksdeal")).toBe(true);
  });
});

describe("a subscription", () => {
  it("wants all of its conditions to hold", () => {
    const all = subscription({
      types: ["deal.*"],
      stages: ["won", "lost"],
      tags: ["vip", "eu"],
      context: { team: "a", campaign: "7" },
      filter: "deal.value > 10",
    });
    const fitting = event({
      data: '{"value":11}',
      stage: "won",
      tags: ["eu", "x"],
      context: { team: "a", campaign: "7", more: "1" },
    });
    expect(nonMatch(all, fitting)).toBeNull();
    expect(nonMatch(all, { ...fitting, type: "lead.created" })).toBe(
      "types: none of them takes lead.created",
    );
    expect(nonMatch(all, { ...fitting, stage: "open" })).toBe("stages: none of them is open");
    expect(nonMatch(all, { ...fitting, stage: undefined })).toBe(
      "stages: data.stage is absent, or no text of up to 128 characters",
    );
    expect(nonMatch(all, { ...fitting, tags: ["x"] })).toBe("tags: the event has none of them");
    expect(nonMatch(all, { ...fitting, context: { team: "a" } })).toBe(
      "context: not every pair is the event's",
    );
    expect(nonMatch(all, { ...fitting, context: { team: "a", campaign: "8" } })).toBe(
      "context: not every pair is the event's",
    );
    expect(nonMatch(all, { ...fitting, data: '{"value":10}' })).toBe("filter: is false");
    expect(nonMatch(all, { ...fitting, data: "{}" })).toBe("filter: no such key: deal.value");
  });

  it("does not take what every object inherits for a pair of the event's", () => {
    const odd = subscription({ context: JSON.parse('{"constructor":"x","__proto__":"y"}') });
    expect(nonMatch(odd, event())).not.toBeNull();
    expect(nonMatch(odd, event({ context: JSON.parse('{"constructor":"x","__proto__":"y"}') }))).toBeNull();
  });
});

describe("the index", () => {
  it("finds what asking each subscription would find", () => {
    const subscriptions: Partial<Subscription>[] = [
      {},
      { types: ["deal.*"] },
      { types: ["deal"] },
      { types: ["deal.stage.*"] },
      { types: ["deal.created", "lead.*"], stages: ["won"] },
      { types: ["*"], tags: ["vip"] },
      { types: ["*"], context: { team: "a" } },
      { types: ["deal.*"], context: { team: "a", campaign: "7" } },
      { types: ["webhooks.*"] },
      { types: ["webhooks.delivery.dead"] },
      { filter: "deal.value > 10" },
      { types: ["deal.*"], tags: ["vip"], filter: 'data.value > 10 && type != "deal.created"' },
      { types: ["lead.*"], context: { team: "a" }, filter: "lead.value > 10" },
    ];
    const index = indexOf(subscriptions);
    const types = ["deal", "deal.created", "deal.stage.changed", "lead.created", "webhooks.delivery.dead"];
    const contexts: Record<string, string>[] = [{}, { team: "a" }, { campaign: "7", team: "a" }];
    for (const type of types) {
      for (const context of contexts) {
        for (const stage of [undefined, "won"]) {
          for (const tags of [[], ["vip"]]) {
            const given = event({ type, context, stage, tags, data: '{"value":11}' });
            const expected = subscriptions.flatMap((one, i) =>
              nonMatch(subscription(one), given) === null ? [i + 1] : [],
            );
            expect(matched(index, given).endpoints).toEqual(expected);
          }
        }
      }
    }
  });

  it("names an endpoint once, however many of its patterns take the event", () => {
    const index = indexOf([{ types: ["*", "deal.*", "deal.created", "deal.created"] }]);
    expect(matched(index, event()).endpoints).toEqual([1]);
  });

  it("keeps pairs apart whose key and value run together to the same text", () => {
    const index = indexOf([{ context: { ab: "c" } }, { context: { a: "bc" } }]);
    expect(matched(index, event({ context: { a: "bc" } })).endpoints).toEqual([2]);
  });

  it("counts disabled endpoints as missed", () => {
    const index = indexOf([{}, {}, { types: ["lead.*"] }], [2, 3]);
    expect(matched(index, event())).toEqual({ endpoints: [1], missed: [2] });
  });

  it("forgets what was replaced or deleted", () => {
    const index = indexOf([{ types: ["deal.created", "lead.*"], context: { team: "a" } }, {}]);
    const given = event({ context: { team: "a" } });
    index.set(1, {
      endpointId: "ep_1",
      version: 2,
      subscription: subscription({ types: ["lead.*"] }),
      disabled: false,
    });
    expect(matched(index, given).endpoints).toEqual([2]);
    expect(matched(index, { ...given, type: "lead.created", context: {} }).endpoints).toEqual([1, 2]);
    index.delete(1);
    index.delete(1);
    expect(matched(index, { ...given, type: "lead.created" }).endpoints).toEqual([2]);
  });

  it("names endpoints in ascending order, in whatever order they came", () => {
    const index = new SubscriptionIndex();
    for (const number of [10, 9, 2, 33, 1]) {
      index.set(number, {
        endpointId: `ep_${number}`,
        version: 1,
        subscription: subscription(),
        disabled: false,
      });
    }
    expect(matched(index, event()).endpoints).toEqual([1, 2, 9, 10, 33]);
  });

  it("costs an event what it matches: of 5,000 subscriptions by campaign, one is looked at", () => {
    const index = new SubscriptionIndex();
    const lookedAt = new Set<number>();
    for (let number = 1; number <= 5000; number++) {
      const asked = subscription({ context: { campaign: String(number), team: "a" } });
      const watched = new Proxy(asked, {
        get: (target, key) => {
          if (key === "tags") lookedAt.add(number);
          return Reflect.get(target, key);
        },
      });
      index.set(number, { endpointId: `ep_${number}`, version: 1, subscription: watched, disabled: false });
    }
    const given = event({ context: { team: "a", campaign: "4711" } });
    expect(matched(index, given).endpoints).toEqual([4711]);
    expect([...lookedAt]).toEqual([4711]);
  });

  it("does not read an event's data where no candidate has a filter, and otherwise once", () => {
    const index = indexOf([
      {},
      { types: ["lead.*"], filter: "data.value > 1" },
      { types: ["deal.*"], tags: ["vip"], filter: "data.value > 1" },
    ]);
    let reads = 0;
    const given = (tags: string[]): Matchable =>
      Object.defineProperty(event({ tags }), "data", {
        get: () => {
          reads++;
          return '{"value":2}';
        },
      });
    expect(matched(index, given([])).endpoints).toEqual([1]);
    expect(reads).toBe(0);
    index.set(4, {
      endpointId: "ep_4",
      version: 1,
      subscription: subscription({ filter: "data.value > 3" }),
      disabled: false,
    });
    expect(matched(index, given(["vip"])).endpoints).toEqual([1, 3]);
    expect(reads).toBe(1);
  });

  it("keeps a filter for as long as one subscription has it", () => {
    const index = indexOf([{ filter: "data.value > 1" }, { filter: "data.value > 1" }]);
    const given = event({ data: '{"value":2}' });
    index.delete(1);
    expect(matched(index, given).endpoints).toEqual([2]);
    index.delete(2);
    expect(matched(index, given).endpoints).toEqual([]);
  });

  it("takes an expression that was refused for one that matches nothing", () => {
    const index = indexOf([{ filter: "data.value >" }, {}]);
    expect(matched(index, event())).toEqual({ endpoints: [2], missed: [] });
  });
});
