import { describe, expect, it } from "vitest";
import { Existence } from "../../../src/delivery/configuration/existence.ts";
import { type OperationalDetails, OperationalEvents } from "../../../src/delivery/health/operational.ts";
import { START } from "../events.ts";
import { withRig } from "../rig.ts";

interface Published {
  kind: string;
  count: number;
  details: OperationalDetails;
}

/** An outbox over a storage, with a clock and a log in the test's hands. */
function outbox(sql: SqlStorage) {
  const published: Published[] = [];
  const existence = new Existence();
  const world = { now: START, published, existence, whilePublishing: async () => {} };
  const open = () =>
    new OperationalEvents({
      ...{ sql, existence },
      nowMs: () => world.now,
      publish: async (kind, count, details) => {
        await world.whilePublishing();
        published.push({ kind, count, details });
      },
    });
  return { world, open };
}

const dead = "webhooks.delivery.dead";

describe("operational events", () => {
  it("are sent at once, then at most once a minute with a count of what happened since", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      const events = open();
      expect(events.nextDueAt()).toBeNull();
      events.note(dead, { event_id: "evt_1" });
      expect(events.nextDueAt()).toBeLessThanOrEqual(START);
      await events.send();
      events.note(dead, { event_id: "evt_2" });
      events.note(dead, { event_id: "evt_9" }, 3);
      events.note("webhooks.endpoint.paused", { reason: "dead_letter" });
      world.now += 59_999;
      await events.send();
      expect(events.nextDueAt()).toBe(START + 60_000);
      world.now += 1;
      await events.send();
      expect(world.published).toEqual([
        { kind: dead, count: 1, details: { event_id: "evt_1" } },
        { kind: "webhooks.endpoint.paused", count: 1, details: { reason: "dead_letter" } },
        { kind: dead, count: 4, details: { event_id: "evt_9" } },
      ]);
      expect(events.nextDueAt()).toBeNull();
    }));

  it("are counted once where one that hung for long ends after a later try", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      const events = open();
      const hanging = Promise.withResolvers<void>();
      world.whilePublishing = () => hanging.promise;
      events.note(dead, {});
      const first = events.send();
      world.whilePublishing = async () => {};
      world.now += 10_000;
      await events.send();
      hanging.resolve();
      await first;
      events.note(dead, {});
      world.now += 60_000;
      await events.send();
      expect(world.published.at(-1)).toMatchObject({ kind: dead, count: 1 });
      expect(world.published).toHaveLength(3);
      expect(events.nextDueAt()).toBeNull();
    }));

  it("wait across a restart, and where publishing fails", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      open().note(dead, {}, 2);
      world.whilePublishing = () => Promise.reject(new Error("the log is not there"));
      await expect(open().send()).rejects.toThrow("not there");
      world.whilePublishing = async () => {};
      await open().send();
      expect(world.published).toEqual([{ kind: dead, count: 2, details: {} }]);
      // The minute counts across a restart too.
      const events = open();
      events.note(dead, {});
      await events.send();
      expect(world.published).toHaveLength(1);
    }));

  it("wait 10 s after publishing failed, whatever wakes the object meanwhile", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      const events = open();
      events.note(dead, {});
      let tries = 0;
      world.whilePublishing = async () => {
        tries++;
        throw new Error("the log is not there");
      };
      await expect(events.send()).rejects.toThrow("not there");
      expect(events.nextDueAt()).toBe(START + 10_000);
      world.now += 9_999;
      await events.send();
      expect(tries).toBe(1);
      world.now += 1;
      world.whilePublishing = async () => {};
      await events.send();
      expect(world.published).toHaveLength(1);
      expect(events.nextDueAt()).toBeNull();
    }));

  it("store nothing once the endpoint is erased, not even what was being sent", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      const events = open();
      events.note(dead, {});
      world.whilePublishing = async () => {
        world.existence.end();
        sql.exec("DELETE FROM meta");
      };
      await events.send();
      expect(sql.exec("SELECT key FROM meta WHERE key = 'operational'").toArray()).toEqual([]);
    }));

  it("count what happens while one is sent for the next one", () =>
    withRig(async ({ sql }) => {
      const { world, open } = outbox(sql);
      const events = open();
      events.note(dead, {});
      world.whilePublishing = async () => events.note(dead, {}, 5);
      await events.send();
      world.whilePublishing = async () => {};
      world.now += 60_000;
      await open().send();
      expect(world.published.map(({ count }) => count)).toEqual([1, 5]);
    }));
});
