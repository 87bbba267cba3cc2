import { describe, expect, it } from "vitest";
import { Slots } from "../../../src/domain/slots.ts";
import { event } from "../events.ts";
import { withRig } from "../rig.ts";

describe("the slots of an object", () => {
  it("bound what is in flight, whatever max_in_flight says", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4, 5, 6, 7, 8);
        expect(rig.started).toHaveLength(6);
        rig.started[0]?.answer(500);
        await rig.settle();
        expect(rig.started).toHaveLength(7);
      },
      { maxInFlight: 100 },
      6,
    ));

  it("are shared with tests, which come before the queue", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3);
        let hasSlot = false;
        const test = rig.slots.takeWhenFree().then(() => {
          hasSlot = true;
        });
        await rig.settle();
        expect(hasSlot).toBe(false);
        rig.started[0]?.answer(500);
        await test;
        await rig.settle();
        expect(rig.started).toHaveLength(2);
        rig.slots.release();
        rig.drain.run();
        expect(rig.started).toHaveLength(3);
      },
      { maxInFlight: 100 },
      2,
    ));

  it("start nothing as they are given back where the invocation is spent, and have it rest no second time", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3);
        rig.now += 10_000;
        for (const { answer } of rig.started) answer(200);
        await rig.settle();
        expect(rig.rests).toBe(1);
        rig.drain.noteFreeSlot();
        expect([rig.rests, rig.started.length]).toEqual([1, 2]);
        rig.drain.renew();
        rig.drain.run();
        expect(rig.started).toHaveLength(3);
      },
      { maxInFlight: 100 },
      2,
    ));

  it("go to those who wait in the order in which they came", async () => {
    const slots = new Slots(1);
    const order: number[] = [];
    slots.take();
    const waiting = [1, 2].map((n) => slots.takeWhenFree().then(() => order.push(n)));
    slots.release();
    await waiting[0];
    expect(order).toEqual([1]);
    slots.release();
    await waiting[1];
    slots.release();
    expect(slots.isFree).toBe(true);
  });
});

it("large events in flight are bounded in memory: the next waits for one of them", () =>
  withRig(
    async (rig) => {
      const data = JSON.stringify({ text: "x".repeat(900 * 1024) });
      const events = [1, 2, 3, 4].map((n) => ({ ...event(n), data }));
      rig.intake.take({ workspaceId: "ws_1", logId: "ws_1", events }, rig.now);
      rig.drain.run();
      expect(rig.started).toHaveLength(2);
      rig.started[0]?.answer(200);
      await rig.settle();
      expect(rig.started).toHaveLength(3);
    },
    { maxInFlight: 100 },
  ));
