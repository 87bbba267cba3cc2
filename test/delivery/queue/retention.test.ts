import { describe, expect, it } from "vitest";
import { Retention } from "../../../src/delivery/queue/retention.ts";
import { statusCode } from "../../../src/delivery/tables/delivery-row.ts";
import { event, START } from "../events.ts";
import { column, type Rig, withRig } from "../rig.ts";

const DAY_MS = 24 * 3600 * 1000;
const sequences = (rig: Rig) =>
  rig.sql
    .exec<{ sequence: number }>("SELECT sequence FROM deliveries ORDER BY sequence")
    .toArray()
    .map((row) => row.sequence);

/** Answers every attempt, those that follow too, until none starts any more. */
async function answerAll(rig: Rig, status: number): Promise<void> {
  for (let answered = 0; answered < rig.started.length; ) {
    for (; answered < rig.started.length; answered++) rig.started[answered]?.answer(status);
    await rig.settle();
  }
}

describe("retention", () => {
  it("ends what has been pending for 30 days as dead, and not a millisecond earlier", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2);
        rig.started[0]?.answer(500);
        rig.started[1]?.answer(500);
        await rig.settle();
        rig.status = "paused";
        rig.enqueue(3);
        const retention = new Retention(rig.sql, rig.queue);
        expect(retention.nextExpiryAt()).toBe(START + 30 * DAY_MS);
        expect(retention.run(START + 30 * DAY_MS)).toEqual({ expired: [], hasMore: false });
        const { expired } = retention.run(START + 30 * DAY_MS + 1);
        expect(expired.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
        expect(rig.queue.pendingCount).toBe(0);
        expect(column(rig, 1, "status")).toBe(statusCode("dead"));
        expect(JSON.parse(String(column(rig, 3, "last_attempt")))).toMatchObject({ error: "expired" });
        expect(JSON.parse(String(column(rig, 1, "attempts")))).toHaveLength(1);
      },
      { retry: { delays: [100_000], jitter: 0 } },
    ));

  it("leaves what is in flight to its attempt", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      expect(new Retention(rig.sql, rig.queue).run(START + 31 * DAY_MS).expired).toEqual([]);
      rig.started[0]?.answer(200);
      await rig.settle();
      expect(column(rig, 1, "status")).toBe(statusCode("delivered"));
    }));

  it("drops deliveries that ended more than 30 days ago, keeps the newest row, and repeats none after it", () =>
    withRig(async (rig) => {
      rig.enqueue(1, 2, 3);
      await answerAll(rig, 200);
      const retention = new Retention(rig.sql, rig.queue);
      retention.run(START + 30 * DAY_MS);
      expect(sequences(rig)).toEqual([1, 2, 3]);
      expect(retention.nextDropAt()).toBe(START + 30 * DAY_MS);
      retention.run(START + 30 * DAY_MS + 1);
      expect(sequences(rig)).toEqual([3]);
      expect(retention.nextDropAt()).toBeNull();
      rig.restart();
      rig.enqueue(1, 2, 3, 4);
      expect(sequences(rig)).toEqual([3, 4]);
    }));

  it("never drops what is pending, however old the rows around it are", () =>
    withRig(
      async (rig) => {
        rig.enqueue(1, 2, 3);
        rig.started[0]?.answer(200);
        rig.started[1]?.answer(500);
        rig.started[2]?.answer(200);
        await rig.settle();
        rig.now += 29 * DAY_MS;
        rig.enqueue(4);
        rig.started[3]?.answer(200);
        await rig.settle();
        rig.sql.exec("UPDATE deliveries SET created_at = created_at + ? WHERE sequence = 2", 29 * DAY_MS);
        new Retention(rig.sql, rig.queue).run(START + 31 * DAY_MS);
        expect(sequences(rig)).toEqual([2, 4]);
        expect(rig.queue.pendingCount).toBe(1);
      },
      { retry: { delays: [7 * 24 * 3600], jitter: 0 } },
    ));

  it("works in bounded steps until it has caught up", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 2300 }, (_, n) => n + 1));
        await answerAll(rig, 200);
        const retention = new Retention(rig.sql, rig.queue);
        const later = START + 31 * DAY_MS;
        const steps = [retention.run(later), retention.run(later), retention.run(later)];
        expect(steps.map(({ hasMore }) => hasMore)).toEqual([true, true, false]);
        expect(sequences(rig)).toEqual([2300]);
      },
      { maxInFlight: 100 },
    ));

  it("goes on behind a row that stays", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 1200 }, (_, n) => n + 1));
        rig.started[0]?.answer(500);
        await answerAll(rig, 200);
        rig.sql.exec("UPDATE deliveries SET created_at = created_at + ? WHERE sequence = 1", 29 * DAY_MS);
        const retention = new Retention(rig.sql, rig.queue);
        const later = START + 31 * DAY_MS;
        expect(retention.run(later).hasMore).toBe(true);
        expect(retention.run(later).hasMore).toBe(false);
        expect(sequences(rig)).toEqual([1, 1200]);
        expect(retention.run(later).hasMore).toBe(false);
      },
      { maxInFlight: 100, retry: { delays: [7 * 24 * 3600], jitter: 0 } },
    ));

  it("trims successes beyond the newest thousand once, across restarts too", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 2300 }, (_, n) => n + 1));
        await answerAll(rig, 200);
        const large = {
          databaseSize: 300 * 1024 ** 2,
          exec: rig.sql.exec.bind(rig.sql),
        } as unknown as SqlStorage;
        const life = () => new Retention(large, rig.queue);
        const trimmed = () =>
          rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE attempts IS NULL").one().n;
        expect(life().run(START).hasMore).toBe(true);
        expect(trimmed()).toBe(1000);
        expect(life().run(START).hasMore).toBe(false);
        expect(trimmed()).toBe(1300);
      },
      { maxInFlight: 100 },
    ));

  it("drops the oldest first where records take too much, be they rows or runs", () =>
    withRig(
      async (rig) => {
        rig.enqueue(...Array.from({ length: 1700 }, (_, n) => n + 1));
        await answerAll(rig, 200);
        // Ten runs of ten each, behind the oldest thousand rows.
        rig.sql.exec("DELETE FROM deliveries WHERE sequence BETWEEN 1401 AND 1500");
        for (let last = 1410; last <= 1500; last += 10)
          rig.sql.exec(
            `INSERT INTO runs VALUES (${last}, ${last - 9}, 10, 1, 0, 0, 0, ?, 0, 0, 0, x'00', NULL)`,
            START,
          );
        const overfull = {
          databaseSize: 2 * 1024 ** 3,
          exec: rig.sql.exec.bind(rig.sql),
        } as unknown as SqlStorage;
        const runs = () => rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM runs").one().n;
        const retention = new Retention(overfull, rig.queue);
        expect(retention.run(START).hasMore).toBe(true);
        expect(sequences(rig)[0]).toBe(1001);
        expect(runs()).toBe(10);
        retention.run(START);
        expect(sequences(rig)).toEqual([1700]);
        expect(runs()).toBe(0);
      },
      { maxInFlight: 100 },
    ));

  it("forgets the replays that it drops", () =>
    withRig(async (rig) => {
      rig.enqueue(1);
      rig.intake.addReplay(event(1), 1, rig.now);
      rig.enqueue(2);
      await answerAll(rig, 200);
      const replays = () => rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM replays").one().n;
      expect(replays()).toBe(1);
      new Retention(rig.sql, rig.queue).run(START + 31 * DAY_MS);
      expect(replays()).toBe(0);
    }));
});
