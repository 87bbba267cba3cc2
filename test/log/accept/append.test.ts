import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { isEventId } from "../../../src/domain/ids.ts";
import { packEvents } from "../../../src/domain/packed-events.ts";
import { accepted, filler, newEvent, ownId } from "../events.ts";
import { alarmOf, count, found, listedIds, newLog, publish, restart } from "../rig.ts";

describe("accepting", () => {
  it("gives 1,000 concurrent requests unique ids in accept order, and keeps every event", async () => {
    const log = newLog();
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, n) => publish(log, { data: `{"n":${n}}` })),
    );
    const ids = answers.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every(isEventId)).toBe(true);
    // RPCs of one stub arrive in the order of their calls.
    expect(ids.toSorted()).toEqual(ids);
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(1000);
    for (const n of [0, 499, 999]) expect((await found(log, ids[n] ?? "")).event.data).toBe(`{"n":${n}}`);
  });

  it("commits one that comes alone at once, and those that come meanwhile together, in one row", async () => {
    const log = newLog();
    await Promise.all([publish(log, {}), publish(log, {}), publish(log, {}, {}), publish(log, {})]);
    expect(await count(log, "SELECT count(*) FROM chunks")).toBe(2);
    expect(await count(log, "SELECT max(events) FROM chunks")).toBe(4);
  });

  it("goes on after the newest event when it is restarted", async () => {
    const log = newLog();
    const [first] = await publish(log, {});
    await restart(log);
    const [second] = await publish(log, {});
    expect((second?.id ?? "") > (first?.id ?? "")).toBe(true);
    expect((await found(log, first?.id ?? "")).event.data).toBe('{"n":1}');
  });

  it("fills in what was absent", async () => {
    const log = newLog();
    const before = Math.floor(Date.now() / 1000);
    const [answer] = await publish(log, {});
    const { event } = await found(log, answer?.id ?? "");
    expect(event.created).toBeGreaterThanOrEqual(before);
    // When it came; a second may have begun by the time it was committed.
    expect(event.created).toBeLessThanOrEqual(Math.floor(event.acceptedAt / 1000));
    expect(answer).toEqual({ id: event.id, type: "deal.created", created: event.created, endpoints: 0 });
  });
});

/** Says that so much is stored in a log's object. */
function fill(log: ReturnType<typeof newLog>, bytes: number): Promise<void> {
  return runInDurableObject(log, (_instance, { storage }) => {
    Object.defineProperty(storage.sql, "databaseSize", { get: () => bytes, configurable: true });
  });
}

describe("back-pressure", () => {
  it.each([
    [8 * 1024 ** 3, "accepted"],
    [8 * 1024 ** 3 + 4096, "overloaded"],
  ])("looks at all that fills the object, not at events alone: %i bytes are %s", async (bytes, outcome) => {
    const log = newLog();
    await fill(log, bytes);
    expect((await log.append({ events: [newEvent()] })).outcome).toBe(outcome);
  });

  it("looks again after so much as it looks for, and each time once there is no room", async () => {
    const log = newLog();
    await publish(log, {});
    await fill(log, 9 * 1024 ** 3);
    const large = { events: [newEvent({ data: filler(900_000) })] };
    const outcomes: string[] = [];
    while (outcomes.length < 20 && outcomes.at(-1) !== "overloaded")
      outcomes.push((await log.append(large)).outcome);
    expect(outcomes.at(-1)).toBe("overloaded");
    expect((await log.append({ events: [newEvent()] })).outcome).toBe("overloaded");
    await fill(log, 0);
    expect((await log.append({ events: [newEvent()] })).outcome).toBe("accepted");
  });
});

describe("a group whose transaction fails", () => {
  it("fails only the request that made it fail, and leaves an alarm for the others", async () => {
    const log = newLog();
    await runInDurableObject(log, (_instance, { storage }) => {
      storage.sql.exec(
        "CREATE TRIGGER poison BEFORE INSERT ON publisher_ids WHEN NEW.type = 'poison' BEGIN SELECT RAISE(ABORT, 'poisoned'); END",
      );
    });
    const [first, bad, last] = await Promise.allSettled([
      publish(log, { data: '{"n":1}' }),
      publish(log, {}, { id: ownId(), type: "poison" }),
      publish(log, { data: '{"n":2}' }),
    ]);
    expect(String(bad.status === "rejected" && bad.reason)).toContain("poisoned");
    if (first.status === "rejected" || last.status === "rejected") throw new Error("the others failed too");
    expect((await found(log, first.value[0]?.id ?? "")).event.data).toBe('{"n":1}');
    expect((await found(log, last.value[0]?.id ?? "")).event.data).toBe('{"n":2}');
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(2);
    // Without it a crash now would leave these two lying until the next publish.
    expect(await alarmOf(log)).not.toBeNull();
  });
});

describe("memory", () => {
  it("refuses what would wait beyond a log's share of 24 MiB, and stores nothing of it", async () => {
    const log = newLog();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        log.append({ events: [newEvent({ data: `"${filler(1024 * 1024)}"` })] }),
      ),
    );
    const refused = answers.filter(({ outcome }) => outcome === "overloaded");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toEqual({ outcome: "overloaded", retryAfterSeconds: 1 });
    // What is accepted is there, archived or not.
    const ids = answers.flatMap((answer) => (answer.outcome === "accepted" ? answer.events : []));
    expect(ids).toHaveLength(40 - refused.length);
    expect(await listedIds(log)).toEqual(ids.map(({ id }) => id).toReversed());
    expect((await log.metrics()).waitingBytes).toBe(0);
    expect(await publish(log, {})).toHaveLength(1);
  });

  it("counts tags and context: no row comes near SQLite-in-Durable-Objects' 2 MB", async () => {
    const log = newLog();
    const tags = Array.from({ length: 64 }, (_, i) => `${i}${"é".repeat(126)}`);
    const context = Object.fromEntries(
      Array.from({ length: 32 }, (_, i) => [`${i}${"k".repeat(254)}`, "語".repeat(256)]),
    );
    const answers = await publish(log, ...Array.from({ length: 300 }, () => ({ tags, context })));
    expect(await count(log, "SELECT max(bytes) FROM chunks")).toBeLessThan(2_000_000);
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(300);
    expect((await found(log, answers[299]?.id ?? "")).event).toMatchObject({ tags, context });
  });

  it("splits a group whose events each go to thousands of endpoints of their own", async () => {
    const log = await logOfThousands();
    await publish(log, ...eventsApart(200));
    expect(await count(log, "SELECT max(bytes) FROM chunks")).toBeLessThan(2_000_000);
    expect(await count(log, "SELECT sum(bytes) FROM chunks")).toBeGreaterThan(2_000_000);
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(200);
  });

  it("says of such a batch that it must be split where its lists are more than one request may ever hold", async () => {
    const log = await logOfThousands();
    // Lists of 31 KB each: 19 MB, of the 16 MiB that there are.
    expect(await log.append({ events: eventsApart(600).map(newEvent) })).toEqual({
      outcome: "overloaded",
      retryAfterSeconds: 10,
      mustSplit: true,
    });
    expect(await count(log, "SELECT count(*) FROM chunks")).toBe(0);
    expect(await publish(log, ...eventsApart(100))).toHaveLength(100);
  });
});

const TAGS = Array.from({ length: 64 }, (_, i) => `t${i}`);

/** A log with 4,000 endpoints that are disabled, and take events of one tag each. */
async function logOfThousands() {
  const log = newLog();
  await runInDurableObject(log, (_instance, { storage }) => {
    storage.transactionSync(() => {
      for (let n = 0; n < 4000; n++) {
        const subscription = { types: ["*"], stages: [], tags: [TAGS[n % 64]], context: {}, filter: null };
        storage.sql.exec(
          "INSERT INTO subscriptions (endpoint_id, version, deleted, entry) VALUES (?, 1, 0, ?)",
          `ep_${n}`,
          JSON.stringify({ endpointId: `ep_${n}`, version: 1, subscription, disabled: true }),
        );
      }
    });
  });
  await restart(log);
  return log;
}

/** Each leaves out two tags of its own: no two of these events have the same match. */
function eventsApart(count: number) {
  return Array.from({ length: count }, (_, n) => ({
    tags: TAGS.filter((_tag, i) => i !== n % 64 && i !== (n * 7 + (n >> 6)) % 64),
  }));
}

describe("a packed request", () => {
  it("is unpacked in turns: small requests are accepted meanwhile, and it is stored as it was", async () => {
    const log = newLog();
    const events = Array.from({ length: 60 }, (_, n) =>
      newEvent({ data: `{"n":${n},"s":"€${"x".repeat(128 * 1024)}"}` }),
    );
    const packed = await packEvents(events, 8 * 1024 * 1024, async () => {});
    expect(Array.isArray(packed)).toBe(false);
    const [large, small] = await Promise.all([log.append({ events: packed }), publish(log, {})]);
    const ids = accepted(large).map(({ id }) => id);
    expect((small[0]?.id ?? "") < (ids[0] ?? "")).toBe(true);
    expect(ids.toSorted()).toEqual(ids);
    for (const n of [0, 59]) expect((await found(log, ids[n] ?? "")).event.data).toBe(events[n]?.data);
  });
});
