import { describe, expect, it } from "vitest";
import { conditionsIn, conditionsOnTape } from "../../src/domain/conditions.ts";
import type { Subscription } from "../../src/domain/endpoint.ts";
import { type JsonTape, readTape } from "../../src/domain/json-tape.ts";
import { nonMatch } from "../../src/filter/subscription.ts";
import { SubscriptionIndex } from "../../src/filter/subscription-index.ts";
import { matched } from "../filter/matched.ts";

const card = {
  stage: "won",
  cardContext: { cardTemplateId: "t1" },
  platformContext: { flowConfigId: "f1" },
};

describe("what lies within data", () => {
  it("is found where it is text, and left out otherwise", () => {
    expect(conditionsIn(card)).toEqual({
      stage: "won",
      implied: { cardTemplateId: "t1", actionFlowConfigId: "f1" },
    });
    expect(conditionsIn({ stage: 1, cardContext: null, platformContext: [] })).toEqual({});
    expect(conditionsIn({ cardContext: { cardTemplateId: 7 }, platformContext: "f1" })).toEqual({});
    expect(conditionsIn({ stage: "x".repeat(129) })).toEqual({});
    expect(conditionsIn({ cardContext: { cardTemplateId: "x".repeat(257) } })).toEqual({});
    expect(conditionsIn({ platformContext: { flowConfigId: "f1" } })).toEqual({
      implied: { actionFlowConfigId: "f1" },
    });
    expect(conditionsIn({ campaignId: "c1" })).toEqual({ implied: { campaignId: "c1" } });
    expect(conditionsIn({ campaignId: 1 })).toEqual({});
  });

  it.each([
    JSON.stringify(card),
    '{"stage":1,"cardContext":null,"platformContext":[]}',
    '{"cardContext":{"cardTemplateId":7},"platformContext":"f1"}',
    `{"stage":"${"x".repeat(129)}","campaignId":"${"x".repeat(257)}"}`,
    String.raw`{"st\u0061ge":"w\u00f6n","campaignId":"c1","stage2":"no"}`,
    '{"stage":"first","stage":"last","campaignId":"c1","campaignId":null}',
    '{"cardContext":{"cardTemplateId":"t1"},"cardContext":{}}',
    '{"__proto__":{"stage":"no"},"constructor":"no"}',
    "{}",
  ])("is found in the text %s as in what it says", (text) => {
    expect(conditionsOnTape(readTape(text) as JsonTape, 0)).toEqual(conditionsIn(JSON.parse(text)));
  });

  it("matches a subscription to a card, unless the publisher's own context says otherwise", () => {
    const subscription: Subscription = {
      types: ["card-completed"],
      stages: [],
      tags: [],
      context: { cardTemplateId: "t1", actionFlowConfigId: "f1" },
      filter: null,
    };
    const index = new SubscriptionIndex();
    index.set(1, { endpointId: "ep_1", version: 1, subscription, disabled: false });
    const matches = (data: Record<string, unknown>, context: Record<string, string> = {}) => {
      const event = {
        ...{ type: "card-completed", tags: [], context, created: 0, data: JSON.stringify(data) },
        ...conditionsIn(data),
      };
      const inIndex = matched(index, event).endpoints.length === 1;
      expect(nonMatch(subscription, event) === null).toBe(inIndex);
      return inIndex;
    };
    expect(matches(card)).toBe(true);
    expect(matches({}, { cardTemplateId: "t1", actionFlowConfigId: "f1" })).toBe(true);
    expect(matches({ cardContext: { cardTemplateId: "t1" } }, { actionFlowConfigId: "f1" })).toBe(true);
    expect(matches({ ...card, cardContext: { cardTemplateId: "t2" } })).toBe(false);
    expect(matches(card, { cardTemplateId: "t2" })).toBe(false);
    expect(matches({})).toBe(false);
  });
});
