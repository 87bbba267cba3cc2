import { describe, expect, it } from "vitest";
import { startedSequences, withRig } from "../rig.ts";

describe("after a crash", () => {
  it("repeats what was in flight and goes on where it was", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3, 4);
        rig.started[1]?.answer(200);
        await rig.settle();
        expect(startedSequences(rig)).toEqual([1, 2, 3]);
        rig.restart();
        rig.drain.run();
        expect(startedSequences(rig)).toEqual([1, 3]);
        expect(rig.queue.pendingCount).toBe(3);
      },
      { maxInFlight: 2 },
    ));

  it("counts what is pending as it was, with retries and answers between what was in flight", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 320 }, (_, i) => i + 1));
        // The first of all never answers; of the rest every other fails, and waits for its retry.
        for (let answered = 1; answered < 80; ) {
          for (; answered < rig.started.length; answered++)
            rig.started[answered]?.answer(answered % 2 === 0 ? 200 : 500);
          await rig.settle();
        }
        const counts = () => [rig.queue.pendingCount, rig.queue.pendingBytes];
        const before = counts();
        const stored = rig.sql
          .exec<{ n: number; bytes: number }>(
            "SELECT count(*) AS n, sum(bytes) AS bytes FROM deliveries WHERE status = 0",
          )
          .one();
        expect(before).toEqual([stored.n, stored.bytes]);
        rig.status = "paused";
        rig.restart();
        expect(counts()).toEqual(before);
        rig.status = "enabled";
        rig.drain.run();
        expect(counts()).toEqual(before);
        rig.restart();
        expect(counts()).toEqual(before);
        rig.drain.run();
        for (let answered = 0; answered < rig.started.length; ) {
          for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(200);
          await rig.settle();
        }
        expect(rig.queue.pendingCount).toBe(
          rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE status = 0").one().n,
        );
      },
      { maxInFlight: 6, retry: { delays: [3600], jitter: 0 } },
    ));

  it("counts what is pending among hundreds of which some were canceled", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 900 }, (_, i) => i + 1));
        for (const place of [1, 2, 3]) rig.started[place]?.answer(place === 2 ? 200 : 500);
        await rig.settle();
        for (const sequence of [20, 500, 600, 900]) {
          const row = rig.queue.pending(sequence);
          if (row) rig.queue.close(row, "canceled", rig.now);
        }
        const before = [rig.queue.pendingCount, rig.queue.pendingBytes];
        expect(before[0]).toBe(895);
        rig.restart();
        expect([rig.queue.pendingCount, rig.queue.pendingBytes]).toEqual(before);
      },
      { maxInFlight: 6, retry: { delays: [3600], jitter: 0 } },
    ));

  it("drops what it has when a batch is handed over again", () =>
    withRig(async (rig) => {
      rig.enqueue(1, 2);
      rig.restart();
      rig.enqueue(1, 2, 3);
      expect(rig.queue.lastSequence).toBe(3);
    }));

  it("finds its place after thousands of deliveries", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 2500 }, (_, i) => i + 1));
        for (let answered = 0; answered < 2100; ) {
          for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(200);
          await rig.settle();
        }
        rig.restart();
        rig.drain.run();
        const attempted = new Set(startedSequences(rig));
        const pending = rig.sql
          .exec<{ sequence: number }>(
            "SELECT sequence FROM deliveries WHERE status = 0 ORDER BY sequence LIMIT 6",
          )
          .toArray();
        expect([...attempted]).toEqual(pending.map(({ sequence }) => sequence));
        expect(rig.queue.pendingCount).toBe(
          rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE status = 0").one().n,
        );
      },
      { maxInFlight: 6 },
    ));
});
