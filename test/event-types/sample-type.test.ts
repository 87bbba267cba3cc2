import { expect, it } from "vitest";
import { catalogType } from "../../src/catalog/index.ts";
import { sampleTypeFor } from "../../src/event-types/sample-request.ts";

it.each([
  ["brokers", ["lead.created", "deal.won"], "lead.created"],
  ["standard", ["deal.*", "my.own"], "my.own"],
  ["standard", ["nothing.*"], "deal.created"],
  ["standard", ["webhooks.delivery.*"], "webhooks.delivery.dead"],
])("an endpoint of %s for %j is tested with %s", (dialect, patterns, type) => {
  expect(sampleTypeFor(dialect, patterns)).toBe(type);
});

it.each(["atlas", "voice", "brokers", "atomic", "support"])(
  "an endpoint of %s for * is tested with a type of its own contract",
  (dialect) => {
    expect(catalogType(sampleTypeFor(dialect, ["*"]))?.contracts).toContain(dialect);
  },
);
