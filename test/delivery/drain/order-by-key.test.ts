import { describe, expect, it } from "vitest";
import { boundedKey } from "../../../src/delivery/queue/order-key.ts";
import { reorder } from "../../../src/delivery/queue/reorder.ts";
import { Retention } from "../../../src/delivery/queue/retention.ts";
import { statusCode } from "../../../src/delivery/tables/delivery-row.ts";
import { event } from "../events.ts";
import { column, type Rig, startedSequences, withRig } from "../rig.ts";

const BY_CUSTOMER = { by: "context.customer" };

/** Runs a test with an endpoint that delivers by customer: event n has the n-th of these keys, or none. */
function withKeys(keys: readonly string[], test: (rig: Rig) => Promise<void>, more = {}): Promise<void> {
  return withRig(
    (rig) => {
      rig.eventOf = (n) => {
        const customer = keys[(n - 1) % keys.length] ?? "";
        const context: Record<string, string> = customer === "" ? {} : { customer };
        return { ...event(n), context };
      };
      return test(rig);
    },
    { order: BY_CUSTOMER, maxInFlight: 32, retry: { delays: [5, 5, 5], jitter: 0 }, ...more },
  );
}

const numbers = (rig: Rig) =>
  rig.started.map(({ claimed: { keyPlace } }) => `${keyPlace?.key} ${keyPlace?.sequence}`);

/** Answers the attempt of a sequence that began last. */
function answer(rig: Rig, sequence: number, status: number): Promise<void> {
  rig.started.findLast(({ claimed }) => claimed.sequence === sequence)?.answer(status);
  return rig.settle();
}

describe.each(["enqueue", "hold"] as const)("an endpoint that delivers by key, events that %s", (come) => {
  it("attempts one of each key at a time, those without a key among themselves", () =>
    withKeys(["a", "b", "", "a"], async (rig) => {
      rig[come](1, 2, 3, 4, 5, 6, 7, 8);
      expect(numbers(rig)).toEqual(["a 1", "b 1", " 1"]);
      await answer(rig, 1, 200);
      await answer(rig, 3, 200);
      expect(numbers(rig).slice(3)).toEqual(["a 2", " 2"]);
      expect(startedSequences(rig)).toEqual([1, 2, 3, 4, 7]);
    }));

  it("has a failing key hold its own events, and no other's", () =>
    withKeys(["a", "b"], async (rig) => {
      rig[come](1, 2, 3, 4, 5, 6);
      await answer(rig, 1, 500);
      for (const sequence of [2, 4, 6]) await answer(rig, sequence, 200);
      expect(startedSequences(rig)).toEqual([1, 2, 4, 6]);
      rig.now += 5000;
      rig.drain.run();
      expect(startedSequences(rig).slice(4)).toEqual([1]);
      await answer(rig, 1, 200);
      await answer(rig, 3, 200);
      expect(startedSequences(rig).slice(4)).toEqual([1, 3, 5]);
    }));

  it("starts the next of a key once the one before is on record", () =>
    withKeys(["a"], async (rig) => {
      rig[come](1, 2);
      rig.started[0]?.answer(200);
      // It is stored since the next one waits for it, and for nothing else.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      expect(startedSequences(rig)).toEqual([1, 2]);
      expect(rig.effects).toHaveLength(1);
      expect(rig.queue.lastStored).toBeGreaterThanOrEqual(1);
    }));

  it("has the next of a key wait until what failed is given up", () =>
    withKeys(
      ["a"],
      async (rig) => {
        rig[come](1, 2);
        await answer(rig, 1, 500);
        rig.now += 5000;
        rig.drain.run();
        await answer(rig, 1, 500);
        expect(column(rig, 1, "status")).toBe(statusCode("dead"));
        expect(startedSequences(rig)).toEqual([1, 1, 2]);
      },
      { retry: { delays: [5], jitter: 0 } },
    ));

  it("has no more in flight than it may, whatever the keys", () =>
    withKeys(
      ["a", "b", "c"],
      async (rig) => {
        rig[come](1, 2, 3);
        expect(startedSequences(rig)).toEqual([1, 2]);
        await answer(rig, 2, 200);
        expect(startedSequences(rig)).toEqual([1, 2, 3]);
      },
      { maxInFlight: 2 },
    ));

  it("gives the numbers of a key again after a crash, to the same events", () =>
    withKeys(["a", "b"], async (rig) => {
      rig[come](1, 2, 3, 4);
      await answer(rig, 1, 200);
      await answer(rig, 2, 500);
      const before = new Map(rig.started.map(({ claimed }) => [claimed.sequence, claimed.keyPlace]));
      rig.queue.held.clear();
      rig.restart();
      // The log hands over again what it does not know to be settled.
      rig[come](1, 2, 3, 4, 5);
      rig.drain.run();
      rig.now += 5000;
      rig.drain.run();
      for (const { claimed } of rig.started)
        expect(before.get(claimed.sequence) ?? claimed.keyPlace).toEqual(claimed.keyPlace);
      expect(numbers(rig).toSorted()).toEqual(["a 2", "b 1"]);
    }));
});

describe("what is pending of one key", () => {
  /** Rows that are read while an event of another key comes, is attempted and ends. */
  async function rowsRead(backlog: number): Promise<number> {
    let read = 0;
    await withKeys(["poison"], async (rig) => {
      rig.enqueue(1);
      await answer(rig, 1, 500);
      for (let n = 2; n <= backlog; n += 500)
        rig.enqueue(...Array.from({ length: Math.min(500, backlog + 1 - n) }, (_, i) => n + i));
      rig.eventOf = (n) => ({ ...event(n), context: { customer: "well" } });
      const exec = rig.sql.exec.bind(rig.sql);
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      rig.sql.exec = ((...given: Parameters<typeof exec>) => {
        const cursor = exec(...given);
        cursors.push(cursor);
        return cursor;
      }) as typeof exec;
      rig.enqueue(backlog + 1);
      await answer(rig, backlog + 1, 200);
      expect(column(rig, backlog + 1, "status")).toBe(statusCode("delivered"));
      read = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
    });
    return read;
  }

  it("costs the events of other keys nothing, however much it is", async () => {
    expect(await rowsRead(3000)).toBeLessThanOrEqual((await rowsRead(30)) + 5);
  });
});

describe("a change to an order by key", () => {
  it("gives what is pending its keys in sequence, and lets the next of each start beside what is under way", () =>
    withKeys(
      ["a", "b", "a", "a"],
      async (rig) => {
        rig.enqueue(1, 2, 3, 4, 5, 6);
        expect(startedSequences(rig)).toEqual([1, 2, 3]);
        await answer(rig, 2, 500);
        rig.policy = { ...rig.policy, order: BY_CUSTOMER, maxInFlight: 32 };
        const step = { mostRows: 4, most: 100, by: BY_CUSTOMER.by, nowMs: rig.now };
        const next = reorder(rig.sql, rig.queue, { from: 1, ...step });
        expect(next).toBe(5);
        expect(reorder(rig.sql, rig.queue, { from: 5, ...step, mostRows: 1000 })).toBeNull();
        rig.now += 5000;
        rig.drain.run();
        // Two of "a" are under way since before; of "b" the one that failed goes before sequence 6.
        const started = startedSequences(rig);
        expect(started.slice(3)).toEqual([4, 2]);
        for (const sequence of started.filter((one) => one !== 2)) await answer(rig, sequence, 200);
        await answer(rig, 2, 200);
        expect(startedSequences(rig).toSorted()).toEqual([1, 2, 2, 3, 4, 5, 6]);
        const places = [1, 2, 3, 4, 5, 6].map((sequence) => column(rig, sequence, "key_sequence"));
        expect(places).toEqual([1, 1, 2, 3, 4, 2]);
      },
      { order: "none", maxInFlight: 3 },
    ));

  it("gives no number of a key twice where an attempt is under way", () =>
    withKeys(["a"], async (rig) => {
      rig.enqueue(1);
      const row = rig.queue.pending(1);
      if (row) rig.queue.place(row, "a", rig.now);
      rig.enqueue(2);
      expect([1, 2].map((sequence) => column(rig, sequence, "key_sequence"))).toEqual([2, 3]);
    }));
});

it("forgets the number of a key that had no event for 30 days, and of no other", () =>
  withKeys(["a", "b"], async (rig) => {
    rig.enqueue(1, 2);
    await answer(rig, 1, 200);
    await answer(rig, 2, 500);
    rig.now += 32 * 24 * 3_600_000;
    expect(rig.queue.keys.forget(rig.now, 100)).toBe(1);
    const { eventOf } = rig;
    rig.eventOf = (n) => ({ ...eventOf(n), acceptedAt: rig.now });
    rig.drain.renew();
    rig.enqueue(3);
    expect(rig.started.find(({ claimed }) => claimed.sequence === 3)?.claimed.keyPlace).toEqual({
      ...{ key: "a", sequence: 1 },
    });
    expect(rig.queue.keys.headOf("b")).toBe(2);
  }));

it.each([
  ["is longer than 256 characters", "x".repeat(257)],
  ["has a zero in it", "a\0b"],
  ["is a zero", "\0"],
])("keeps a key that %s as its hash, and goes on with it", (_, key) =>
  withKeys([key, ""], async (rig) => {
    rig.enqueue(1, 2, 3, 4);
    expect(numbers(rig)).toEqual([`${boundedKey(key)} 1`, " 1"]);
    expect(boundedKey(key)).toMatch(/^sha256:[0-9a-f]{64}$/);
    await answer(rig, 1, 200);
    expect(numbers(rig).at(-1)).toBe(`${boundedKey(key)} 2`);
  }),
);

it("forgets keys that rest before it drops any record, where they fill the object", () =>
  withKeys(["a", "b", "c"], async (rig) => {
    rig.enqueue(1, 2, 3);
    await answer(rig, 1, 200);
    await answer(rig, 2, 200);
    await answer(rig, 3, 500);
    const overfull = {
      databaseSize: 2 * 1024 ** 3,
      exec: rig.sql.exec.bind(rig.sql),
    } as unknown as SqlStorage;
    const keys = () => rig.sql.exec<{ key: string }>("SELECT key FROM order_keys").toArray();
    const deliveries = () => rig.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries").one().n;
    rig.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 998)
       INSERT INTO order_keys (key, last, seen_day) SELECT 'x' || i, 1, 0 FROM n`,
    );
    const retention = new Retention(overfull, rig.queue);
    expect(retention.run(rig.now).hasMore).toBe(true);
    expect([keys(), deliveries()]).toEqual([[{ key: "c" }], 3]);
    retention.run(rig.now);
    expect(deliveries()).toBe(1);
  }));
