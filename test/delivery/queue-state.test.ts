import { describe, expect, it } from "vitest";
import { Leases } from "../../src/delivery/pull/leases.ts";
import { Deliveries } from "../../src/delivery/queue/deliveries.ts";
import { Sweeps } from "../../src/delivery/queue/sweeps.ts";
import { queueState, waitOfDelivery } from "../../src/delivery/queue-state.ts";
import { deliveryId } from "../../src/domain/ids.ts";
import type { Standstill } from "../../src/domain/waiting.ts";
import { event } from "./events.ts";
import { type Rig, withRig } from "./rig.ts";

const ENDPOINT = "ep_0123456789ABCDEF";

const free: Standstill = {
  ...{ status: "enabled", isCanceling: false, isReordering: false, lacks: null },
  ...{ holdUntil: 0, rateAllowsAt: 0, hasSlot: true, hasRoom: true },
};

/** Event n has the key a, b or c. */
function withKeys(test: (rig: Rig) => Promise<void>): Promise<void> {
  return withRig(
    (rig) => {
      rig.eventOf = (n) => ({ ...event(n), context: { customer: "abc"[(n - 1) % 3] ?? "" } });
      return test(rig);
    },
    { order: { by: "context.customer" }, maxInFlight: 32, retry: { delays: [5, 60], jitter: 0 } },
  );
}

function asked(rig: Rig) {
  const parts = {
    endpointId: () => ENDPOINT,
    configuration: { current: { policy: rig.policy } },
    queue: rig.queue,
    leases: new Leases(rig.sql),
    deliveries: new Deliveries(rig.sql, rig.queue.storedKeys, () => ENDPOINT, { nowMs: () => rig.now }),
    health: { lastMinute: () => ({ ended: 0, attempts: 0 }) },
  } as unknown as Parameters<typeof queueState>[0];
  return {
    state: (endpoint: Partial<Standstill> = {}) => queueState(parts, { ...free, ...endpoint }, rig.now),
    why: (sequence: number) => waitOfDelivery(parts, free, sequence, rig.now),
  };
}

const answer = async (rig: Rig, sequence: number, status: number) => {
  rig.started.findLast(({ claimed }) => claimed.sequence === sequence)?.answer(status);
  await rig.settle();
};

describe("what a queue in order by key says", () => {
  it("of what is being attempted, and of what is behind it", () =>
    withKeys(async (rig) => {
      rig.enqueue(1, 2, 3, 4);
      expect(asked(rig).why(1)).toMatchObject({ why: "in_flight" });
      expect(asked(rig).why(4)).toMatchObject({
        ...{ why: "behind_head", behind: { deliveryId: deliveryId(ENDPOINT, 1), key: "a" } },
      });
      expect(asked(rig).state()).toMatchObject({
        ...{ head: { sequence: 1 }, wait: { why: "in_flight" }, inFlight: 3, keys: { held: 0, heads: [] } },
      });
    }));

  it("of a key that failed, and of what is behind it", () =>
    withKeys(async (rig) => {
      rig.enqueue(1, 2, 3, 4);
      await answer(rig, 1, 500);
      const { why, state } = asked(rig);
      expect(why(1)).toMatchObject({ why: "retry_at", until: rig.now + 5000 });
      expect(why(4)).toMatchObject({ why: "behind_head" });
      expect(state().keys).toEqual({
        held: 1,
        heads: [
          {
            ...{ key: "a", sequence: 1, deliveryId: deliveryId(ENDPOINT, 1) },
            ...{ attemptCount: 1, dueAt: rig.now + 5000 },
          },
        ],
      });
      rig.now += 5000;
      expect(why(1)).toMatchObject({ why: "due" });
      expect(state().keys).toMatchObject({ held: 0 });
    }));

  it("of a key that failed, and is held back by the receiver beyond its own time", () =>
    withKeys(async (rig) => {
      rig.enqueue(1, 2, 3, 4);
      await answer(rig, 1, 503);
      const began = rig.now;
      const holdUntil = began + 60_000;
      rig.now += 10_000;
      const { state } = asked(rig);
      expect(state({ holdUntil }).keys, "what is in flight is not held").toMatchObject({
        ...{ held: 1, heads: [{ key: "a", sequence: 1, attemptCount: 1, dueAt: holdUntil }] },
      });
      await answer(rig, 2, 503);
      expect(state({ holdUntil }).keys).toMatchObject({
        ...{
          held: 2,
          heads: [
            { sequence: 1, dueAt: holdUntil },
            { sequence: 2, dueAt: holdUntil },
          ],
        },
      });
      expect(state({ holdUntil: rig.now + 2000 }).keys, "its own time is later").toMatchObject({
        heads: [{ sequence: 1 }, { sequence: 2, dueAt: rig.now + 5000 }],
      });
      rig.now = holdUntil;
      expect(state({ holdUntil }).keys).toMatchObject({ held: 0 });
    }));

  it("of what was never attempted, be it the first of its key or not", () =>
    withKeys(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2, 3, 4);
      const { why, state } = asked(rig);
      expect(why(2)).toMatchObject({ why: "due" });
      expect(why(4)).toMatchObject({ why: "behind_head" });
      expect(state({ hasSlot: false })).toMatchObject({ head: { sequence: 1 }, wait: { why: "slot" } });
      expect(state({ status: "paused" })).toMatchObject({ wait: { why: "paused" } });
      expect(state({ isReordering: true })).toMatchObject({ wait: { why: "reordering" } });
      expect(state({ isCanceling: true })).toMatchObject({ wait: { why: "canceling" } });
      expect(state({ lacks: "puller" })).toMatchObject({ wait: { why: "puller" } });
    }));

  it("of a key that is being canceled, its first and what is behind it, and of no other key", () =>
    withKeys(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2, 3, 4);
      const sweeps = new Sweeps({
        ...{ sql: rig.sql, queue: rig.queue, isLeased: () => false },
        ...{ policy: () => rig.policy, random: () => 0.5 },
      });
      sweeps.add({ action: "cancel", key: "a" });
      const { why, state } = asked(rig);
      for (const sequence of [1, 4]) expect(why(sequence)).toMatchObject({ why: "canceling" });
      expect(why(2)).toMatchObject({ why: "due" });
      expect(state()).toMatchObject({ head: { sequence: 2 }, wait: { why: "due" } });
      for (const sequence of [2, 3])
        rig.queue.close(rig.queue.pending(sequence) as never, "canceled", rig.now);
      expect(state(), "where nothing else is pending").toMatchObject({
        ...{ head: { sequence: 1 }, wait: { why: "canceling" } },
      });
      sweeps.step(rig.now);
      expect(state()).toMatchObject({ head: null, wait: null, depth: 0 });
    }));

  it("of a key whose first is out with whoever fetched it: it is in flight, and no key is held", () =>
    withKeys(async (rig) => {
      rig.status = "paused";
      rig.enqueue(1, 2, 3, 4);
      const until = rig.now + 30_000;
      const leases = new Leases(rig.sql);
      for (const token of ["one", "two", "three"]) {
        const claimed = rig.queue.claims.claim(rig.now, rig.policy.order);
        if (claimed === null) throw new Error("nothing is due");
        rig.queue.claims.lease(claimed, until);
        const deliveries = [{ sequence: claimed.sequence, attempt: 1 }];
        leases.add({ token, startedAt: rig.now, until, deliveries });
      }
      const { why, state } = asked(rig);
      expect(why(1)).toMatchObject({ why: "in_flight" });
      expect(why(4)).toMatchObject({ why: "behind_head" });
      expect(state()).toMatchObject({
        ...{ inFlight: 3, wait: { why: "in_flight" }, keys: { held: 0, heads: [] } },
      });
    }));
});
