import { afterEach, describe, expect, it, vi } from "vitest";
import { Deliveries } from "../../../src/delivery/queue/deliveries.ts";
import type { DeliveryQuery } from "../../../src/domain/messages.ts";
import { platform } from "../../../src/platform.ts";
import { event } from "../events.ts";
import { type Rig, withRig } from "../rig.ts";

afterEach(() => {
  vi.useRealTimers();
});

const sequencesOf = (deliveries: Deliveries, n: number) =>
  deliveries.rowsOf(event(n).position).map(({ sequence }) => sequence);

/** Events 2, 4, … 20 by hand-over, with replays of 2, 8 and of 5, which had not come before, in between. */
function filled(rig: Rig): Deliveries {
  rig.status = "paused";
  rig.enqueue(2, 4, 6, 8);
  rig.intake.addReplay(event(2), 1, rig.now);
  rig.enqueue(10, 12);
  rig.intake.addReplay(event(5), null, rig.now);
  rig.intake.addReplay(event(8), 4, rig.now);
  rig.enqueue(14, 16, 18, 20);
  return new Deliveries(rig.sql, rig.queue.storedKeys, () => "ep_0123456789ABCDEF", platform);
}

const EXPECTED = new Map([
  [2, [1, 5]],
  [4, [2]],
  [5, [8]],
  [6, [3]],
  [8, [4, 9]],
  [10, [6]],
  [12, [7]],
  [14, [10]],
  [20, [13]],
]);

describe("an event's deliveries at an endpoint", () => {
  it.each([
    ["rising", (numbers: number[]) => numbers],
    ["falling", (numbers: number[]) => numbers.toReversed()],
    ["each twice", (numbers: number[]) => numbers.flatMap((n) => [n, n])],
  ])("are found, replays too, asked in order: %s", (_, order) =>
    withRig(async (rig) => {
      const deliveries = filled(rig);
      const numbers = order(Array.from({ length: 22 }, (_, n) => n + 1));
      for (const n of numbers) {
        const handedOver = n % 2 === 0 && n <= 20 ? undefined : [];
        const expected = EXPECTED.get(n) ?? handedOver;
        if (expected) expect(sequencesOf(deliveries, n)).toEqual(expected);
        else expect(sequencesOf(deliveries, n)).toHaveLength(1);
      }
    }),
  );

  it("are found once they have come, after they were looked for", () =>
    withRig(async (rig) => {
      const deliveries = filled(rig);
      expect(sequencesOf(deliveries, 21)).toEqual([]);
      rig.enqueue(22, 24);
      expect([22, 23, 24].map((n) => sequencesOf(deliveries, n))).toEqual([[14], [], [15]]);
    }));

  it("are found where those before them were dropped", () =>
    withRig(async (rig) => {
      const deliveries = filled(rig);
      expect(sequencesOf(deliveries, 4)).toEqual([2]);
      rig.sql.exec("DELETE FROM deliveries WHERE sequence < 6");
      expect(sequencesOf(deliveries, 6)).toEqual([]);
      expect(sequencesOf(deliveries, 10)).toEqual([6]);
      expect(sequencesOf(deliveries, 14)).toEqual([10]);
    }));
});

it("lists deliveries by what their last attempt came to: its error, its status, the class of that", () =>
  withRig(async (rig) => {
    // What ended longer ago than 30 days is not served.
    vi.useFakeTimers({ toFake: ["Date"], now: rig.now });
    rig.enqueue(2, 4, 6, 8);
    await rig.settle();
    for (const [i, status] of [500, 503, 404, 200].entries()) rig.started[i]?.answer(status);
    await rig.settle();
    rig.status = "paused";
    rig.enqueue(10);
    const deliveries = new Deliveries(rig.sql, rig.queue.storedKeys, () => "ep_0123456789ABCDEF", platform);
    const listed = (query: Partial<DeliveryQuery>) =>
      deliveries.list({ limit: 10, ...query }).rows.map(({ sequence }) => sequence);
    expect(listed({ error: "status" })).toEqual([3, 2, 1]);
    expect(listed({ error: "timeout" })).toEqual([]);
    expect(listed({ responseStatus: "503" })).toEqual([2]);
    expect(listed({ responseStatus: "5xx" })).toEqual([2, 1]);
    expect(listed({ responseStatus: "5xx", error: "status", status: "pending" })).toEqual([2, 1]);
    expect(listed({ responseStatus: "2xx" })).toEqual([4]);
    expect(listed({})).toHaveLength(5);
  }));

describe("a page of a list", () => {
  it("decodes a run once, however many of its deliveries it shows with their keys", () =>
    withRig(
      async (rig) => {
        let runsRead = 0;
        const counting = {
          exec: (query: string, ...values: unknown[]) => {
            if (/\bdeliveries FROM runs\b/.test(query)) runsRead++;
            return rig.sql.exec(query, ...values);
          },
        } as SqlStorage;
        rig.eventOf = (n) => ({ ...event(n), context: { customer: `c${n % 3}` } });
        for (const numbers of [
          [1, 2, 3],
          [4, 5, 6],
        ]) {
          rig.hold(...numbers);
          for (const { answer } of rig.started.splice(0)) answer(200);
          await rig.settle();
        }
        const { count } = rig.sql.exec<{ count: number }>("SELECT count(*) AS count FROM runs").one();
        expect(count).toBe(2);
        const clock = { nowMs: () => rig.now };
        const deliveries = new Deliveries(counting, rig.queue.storedKeys, () => "ep_0123456789ABCDEF", clock);
        const { rows } = deliveries.list({ limit: 10 });
        expect(rows.map(({ keyPlace }) => `${keyPlace?.key} ${keyPlace?.sequence}`)).toEqual([
          "c0 2",
          "c2 2",
          "c1 2",
          "c0 1",
          "c2 1",
          "c1 1",
        ]);
        // Each once, and a look for one behind the cursor and for one in front.
        expect(runsRead).toBeLessThanOrEqual(count + 2);
      },
      { order: { by: "context.customer" } },
    ));
});
