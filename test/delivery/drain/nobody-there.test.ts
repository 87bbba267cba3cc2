import { describe, expect, it } from "vitest";
import { column, startedSequences, withRig } from "../rig.ts";

describe("a receiver that is not called", () => {
  it("is not attempted while nobody is there, and in order once somebody is", () =>
    withRig(
      async (rig) => {
        rig.isReachable = false;
        rig.enqueue(1, 2);
        expect(rig.started).toHaveLength(0);
        expect(rig.alarmAt).toBeNull();
        rig.isReachable = true;
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1]);
      },
      { order: "endpoint" },
    ));

  it("gets again in order what met nobody, uncounted, and beside what is in flight", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4);
        expect(startedSequences(rig)).toEqual([1, 2, 3]);
        rig.isReachable = false;
        rig.started[2]?.meetNobody();
        rig.started[0]?.meetNobody();
        await rig.settle();
        expect(rig.queue.pendingCount).toBe(4);
        expect(column(rig, 1, "attempt_count")).toBe(0);
        rig.isReachable = true;
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 2, 3, 1, 3]);
        for (const one of rig.started.slice(3)) one.answer(200);
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(startedSequences(rig).at(-1)).toBe(4);
        rig.started.at(-1)?.answer(200);
        await rig.settle();
        expect(rig.queue.pendingCount).toBe(0);
        expect([1, 2, 3, 4].map((n) => column(rig, n, "attempt_count"))).toEqual([1, 1, 1, 1]);
      },
      { maxInFlight: 3 },
    ));

  it("finds after a restart what met nobody, and counts what was canceled meanwhile no more", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.isReachable = false;
        rig.started[0]?.meetNobody();
        rig.started[1]?.meetNobody();
        await rig.settle();
        const first = rig.queue.pending(1);
        if (first) rig.queue.close(first, "canceled", rig.now);
        rig.queue.storeCursor();
        expect(rig.queue.pendingCount).toBe(1);
        rig.restart();
        expect(rig.queue.pendingCount).toBe(1);
        rig.isReachable = true;
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([2]);
      },
      { maxInFlight: 2 },
    ));
});
