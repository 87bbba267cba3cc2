import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { conditionsIn } from "../../src/domain/conditions.ts";
import type { Subscription } from "../../src/domain/endpoint.ts";
import { filterProblem } from "../../src/filter/filter.ts";
import { nonMatch } from "../../src/filter/subscription.ts";
import { SubscriptionIndex } from "../../src/filter/subscription-index.ts";
import { matched } from "./matched.ts";

/* What the six contracts say of subscriptions (docs/contracts.md), each with an event that it takes and one that it does not. */

interface Example {
  says: string;
  subscription: Partial<Subscription>;
  takes: Event[];
  leaves: Event[];
}

type Event = [type: string, data?: object, given?: { tags?: string[]; context?: Record<string, string> }];

const EXAMPLES: Example[] = [
  {
    says: "atlas: every event",
    subscription: {},
    takes: [["deal.created"], ["contact.merged"], ["activity.email"], ["call_started"], ["customer_notes"]],
    leaves: [["webhooks.endpoint.failing"]],
  },
  {
    says: "atlas: one endpoint to 3 events",
    subscription: { types: ["deal.created", "deal.updated", "contact.merged"] },
    takes: [["deal.created"], ["deal.updated"], ["contact.merged"]],
    leaves: [["deal.stage_changed"], ["contact.created"], ["deal.created.late"]],
  },
  {
    says: "atlas: a wildcard",
    subscription: { types: ["deal.*"] },
    takes: [["deal.created"], ["deal.closed_won"]],
    leaves: [["deal"], ["dealer.created"], ["contact.created"]],
  },
  {
    says: "atlas: an object's property",
    subscription: { types: ["deal.*"], filter: "deal.value > 10000" },
    takes: [
      ["deal.created", { value: 10_001 }],
      ["deal.updated", { value: 10_000.5 }],
    ],
    leaves: [
      ["deal.created", { value: 10_000 }],
      ["deal.created", { value: "10001" }],
      ["deal.created"],
      ["contact.created", { value: 10_001 }],
    ],
  },
  {
    says: "atlas: a stage",
    subscription: { types: ["deal.stage_changed"], stages: ["won", "negotiation"] },
    takes: [["deal.stage_changed", { stage: "negotiation" }]],
    leaves: [
      ["deal.stage_changed", { stage: "lost" }],
      ["deal.stage_changed", { stage: 1 }],
      ["deal.stage_changed"],
    ],
  },
  {
    says: "atlas: tags, as a condition and in a filter",
    subscription: { tags: ["vip", "eu"], filter: '"vip" in tags' },
    takes: [["deal.created", {}, { tags: ["vip"] }]],
    leaves: [["deal.created", {}, { tags: ["eu"] }], ["deal.created"]],
  },
  {
    says: "atlas: all of it at once",
    subscription: {
      types: ["deal.*", "contact.created"],
      stages: ["won"],
      tags: ["vip"],
      context: { team: "north" },
      filter: "data.value > 10000 && created > 0",
    },
    takes: [
      ["deal.closed_won", { stage: "won", value: 20_000 }, { tags: ["vip"], context: { team: "north" } }],
      [
        "contact.created",
        { stage: "won", value: 20_000 },
        { tags: ["vip"], context: { team: "north", a: "b" } },
      ],
    ],
    leaves: [
      ["task.created", { stage: "won", value: 20_000 }, { tags: ["vip"], context: { team: "north" } }],
      ["deal.closed_won", { stage: "lost", value: 20_000 }, { tags: ["vip"], context: { team: "north" } }],
      ["deal.closed_won", { stage: "won", value: 20_000 }, { context: { team: "north" } }],
      ["deal.closed_won", { stage: "won", value: 20_000 }, { tags: ["vip"], context: { team: "south" } }],
      ["deal.closed_won", { stage: "won", value: 5 }, { tags: ["vip"], context: { team: "north" } }],
    ],
  },
  {
    says: "voice: one event for one campaign",
    subscription: { types: ["call_completed"], context: { campaignId: "c1" } },
    takes: [["call_completed", {}, { context: { campaignId: "c1" } }]],
    leaves: [
      ["call_started", {}, { context: { campaignId: "c1" } }],
      ["call_completed", {}, { context: { campaignId: "c2" } }],
      ["call_completed"],
    ],
  },
  {
    says: "voice: the object under the whole of a type without a dot",
    subscription: { types: ["call_completed"], filter: "call_completed.duration > 60" },
    takes: [["call_completed", { duration: 61 }]],
    leaves: [["call_completed", { duration: 60 }]],
  },
  {
    says: "brokers: several events",
    subscription: { types: ["lead.created", "deal.won", "invoice.paid"], filter: 'data.currency == "CAD"' },
    takes: [["deal.won", { currency: "CAD" }]],
    leaves: [
      ["deal.won", { currency: "USD" }],
      ["claim.filed", { currency: "CAD" }],
    ],
  },
  {
    says: "atomic: a specific card",
    subscription: { types: ["card-completed"], context: { cardTemplateId: "t1", actionFlowConfigId: "f1" } },
    takes: [
      ["card-completed", { cardContext: { cardTemplateId: "t1" }, platformContext: { flowConfigId: "f1" } }],
      ["card-completed", {}, { context: { cardTemplateId: "t1", actionFlowConfigId: "f1" } }],
    ],
    leaves: [["card-completed", { cardContext: { cardTemplateId: "t1" } }], ["card-dismissed"]],
  },
  {
    says: "atomic: a type that is no name is read as data",
    subscription: { types: ["card-completed"], filter: 'data.endUserId == "u1" && type == "card-completed"' },
    takes: [["card-completed", { endUserId: "u1" }]],
    leaves: [["card-completed", { endUserId: "u2" }]],
  },
  {
    says: "support: conversation means that topic itself",
    subscription: { types: ["conversation"] },
    takes: [["conversation"]],
    leaves: [["conversation.tags"], ["conversation.agent"]],
  },
  {
    says: "support: conversation.* is the wildcard",
    subscription: { types: ["conversation.*"], filter: "!has(conversation.closed_at)" },
    takes: [["conversation.tags"], ["conversation.agent", { id: 1 }]],
    leaves: [["conversation"], ["conversation.tags", { closed_at: 1 }]],
  },
];

describe.each(EXAMPLES)("$says", ({ subscription, takes, leaves }) => {
  const full: Subscription = {
    types: ["*"],
    stages: [],
    tags: [],
    context: {},
    filter: null,
    ...subscription,
  };
  const index = new SubscriptionIndex();
  index.set(1, { endpointId: "ep_1", version: 1, subscription: full, disabled: false });

  it.each([
    ...takes.map((event) => ({ event, isTaken: true })),
    ...leaves.map((event) => ({ event, isTaken: false })),
  ])("$event: $isTaken", ({ event: [type, data = {}, { tags = [], context = {} } = {}], isTaken }) => {
    const conditions = conditionsIn(data as Record<string, unknown>);
    const event = { type, tags, context, created: 1763631000, data: JSON.stringify(data), ...conditions };
    expect(nonMatch(full, event) === null).toBe(isTaken);
    expect(matched(index, event).endpoints).toEqual(isTaken ? [1] : []);
  });
});

it("every filter that docs/filters.md shows is one", () => {
  const text = readFileSync(join(import.meta.dirname, "../../docs/filters.md"), "utf8");
  const table = [...text.matchAll(/^\| [^|`]+ \| `(.+)` \|$/gm)].map(
    (match) => match[1]?.replaceAll("\\|", "|") ?? "",
  );
  expect(table.length).toBeGreaterThan(5);
  expect(table.map((filter) => [filter, filterProblem(filter)])).toEqual(
    table.map((filter) => [filter, null]),
  );
});
