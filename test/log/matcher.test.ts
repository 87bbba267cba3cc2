import { describe, expect, it } from "vitest";
import { SubscriptionIndex } from "../../src/domain/subscription.ts";
import { matchInTurns } from "../../src/log/matcher.ts";
import { newEvent } from "./rig.ts";

/** A log's subscriptions: one endpoint without a filter, and others with a costly filter each, no two the same. */
function withCostlyFilters(count: number) {
  const index = new SubscriptionIndex();
  const plain = { types: ["*"], stages: [], tags: [], context: {}, filter: null };
  index.set(1, { endpointId: "ep_1", version: 1, disabled: false, subscription: plain });
  for (let n = 0; n < count; n++) {
    const filter = `data.l.all(a, data.l.all(b, a + b < ${1000 + n}))`;
    const subscription = { ...plain, filter };
    index.set(n + 2, { endpointId: `ep_${n + 2}`, version: 1, disabled: false, subscription });
  }
  return { index, match: index.match.bind(index) };
}

describe("costly filters", () => {
  it("leave the thread to others in between, however many they are and however large the batch", async () => {
    const subscriptions = withCostlyFilters(20);
    const data = JSON.stringify({ l: Array.from({ length: 200 }, (_, n) => n) });
    let seen = 0;
    let longest = 0;
    let isDone = false;
    const look = () => {
      longest = Math.max(longest, subscriptions.index.steps - seen);
      seen = subscriptions.index.steps;
      if (!isDone) setTimeout(look, 0);
    };
    setTimeout(look, 0);
    const matched = await matchInTurns(
      Array.from({ length: 30 }, () => newEvent({ data })),
      subscriptions,
      Date.now(),
    );
    isDone = true;
    expect(matched.map(({ match }) => match.endpoints)).toEqual(matched.map(() => [1]));
    expect(subscriptions.index.steps).toBeGreaterThan(30 * 20 * 10_000);
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(2 * (200_000 + 20 * 11_000));
  });

  it("cost one event little each", () => {
    const { index, match } = withCostlyFilters(1);
    const data = JSON.stringify({ l: Array.from({ length: 100_000 }, () => 1) });
    match({ ...newEvent({ data }), created: 0 });
    expect(index.steps).toBeLessThan(11_000);
  });
});
