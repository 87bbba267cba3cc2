import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { found, newLog, publish, restart, subscribe } from "../rig.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the match", () => {
  it("is final: what becomes of subscriptions later changes nothing for an accepted event", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", { types: ["deal.*"] });
    await subscribe(log, "ep_2", { types: ["lead.*"] });
    const [answer] = await publish(log, {});
    await subscribe(log, "ep_1", { types: ["lead.*"] }, { version: 2 });
    await subscribe(log, "ep_2", { types: ["deal.*"] }, { version: 2 });
    await subscribe(log, "ep_3");
    const event = await found(log, answer?.id ?? "");
    expect(event.endpoints.map(({ id }) => id)).toEqual(["ep_1"]);
    expect(answer?.endpoints).toBe(1);
    const [next] = await publish(log, {});
    expect((await found(log, next?.id ?? "")).endpoints.map(({ id }) => id)).toEqual(["ep_2", "ep_3"]);
  });

  it("names disabled endpoints as missed and does not count them", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", {}, { disabled: true });
    await subscribe(log, "ep_2");
    const [answer] = await publish(log, {});
    await subscribe(log, "ep_1", {}, { version: 2, disabled: false });
    expect(answer?.endpoints).toBe(1);
    expect((await found(log, answer?.id ?? "")).endpoints).toEqual([
      { id: "ep_2", deleted: false, missed: false },
      { id: "ep_1", deleted: false, missed: true },
    ]);
  });

  it("follows a change that is asked for again where a part of it could not be stored", async () => {
    const log = newLog();
    await subscribe(log, "ep_1");
    const disabled = () => subscribe(log, "ep_1", {}, { version: 2, disabled: true });
    await runInDurableObject(log, async (_, { storage }) => {
      storage.sql.exec("ALTER TABLE subscription_versions RENAME TO away");
    });
    await expect(disabled()).rejects.toThrow("no such table");
    await runInDurableObject(log, async (_, { storage }) => {
      storage.sql.exec("ALTER TABLE away RENAME TO subscription_versions");
    });
    expect((await publish(log, {}))[0]?.endpoints).toBe(1);
    await disabled();
    expect((await publish(log, {}))[0]?.endpoints).toBe(0);
  });

  it("keeps naming an endpoint that was deleted since, as deleted, after a restart too", async () => {
    const log = newLog();
    await subscribe(log, "ep_1");
    const [answer] = await publish(log, {});
    await log.unsubscribe("ep_1", 2);
    await restart(log);
    const event = await found(log, answer?.id ?? "");
    expect(event.matched).toBe(1);
    expect(event.endpoints).toEqual([{ id: "ep_1", deleted: true, missed: false }]);
    expect((await publish(log, {}))[0]?.endpoints).toBe(0);
  });

  it("names the endpoints of replays beside it, each once", async () => {
    const log = newLog();
    await subscribe(log, "ep_1");
    await subscribe(log, "ep_2", { types: ["other"] });
    const [answer] = await publish(log, {});
    const { event } = await found(log, answer?.id ?? "");
    for (let n = 0; n < 2; n++) await log.noteReplay(event.position, ["ep_1", "ep_2", "ep_unknown"]);
    const after = await found(log, answer?.id ?? "");
    expect(after.matched).toBe(1);
    expect(after.endpoints.map(({ id }) => id)).toEqual(["ep_1", "ep_2"]);
  });
});

describe("a subscription's version", () => {
  it("older than the known one, or the same again, changes nothing", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", { types: ["new"] }, { version: 3 });
    await subscribe(log, "ep_1", { types: ["old"] }, { version: 2 });
    await subscribe(log, "ep_1", { types: ["same"] }, { version: 3 });
    const answers = await publish(log, { type: "new" }, { type: "old" }, { type: "same" });
    expect(answers.map(({ endpoints }) => endpoints)).toEqual([1, 0, 0]);
    await restart(log);
    expect((await publish(log, { type: "new" }))[0]?.endpoints).toBe(1);
  });

  it("that comes after the deletion does not bring the endpoint back, however new", async () => {
    const log = newLog();
    await subscribe(log, "ep_1");
    await log.unsubscribe("ep_1", 2);
    await subscribe(log, "ep_1", {}, { version: 9 });
    expect((await publish(log, {}))[0]?.endpoints).toBe(0);
  });

  it("may be overtaken by the deletion, which then stands", async () => {
    const log = newLog();
    await log.unsubscribe("ep_1", 2);
    await subscribe(log, "ep_1", {}, { version: 1 });
    await restart(log);
    await subscribe(log, "ep_1", {}, { version: 1 });
    expect((await publish(log, {}))[0]?.endpoints).toBe(0);
  });

  it("newer than a deletion's that comes late is not deleted by it", async () => {
    const log = newLog();
    await subscribe(log, "ep_1", {}, { version: 5 });
    await log.unsubscribe("ep_1", 4);
    expect((await publish(log, {}))[0]?.endpoints).toBe(1);
    await log.unsubscribe("ep_1", 6);
    expect((await publish(log, {}))[0]?.endpoints).toBe(0);
  });
});

describe("the clock", () => {
  it("going back moves neither order nor times back", async () => {
    const log = newLog();
    const nowMs = Date.now();
    // It goes back to what the alarms' clock shows: by an hour before that they would ring without end.
    vi.setSystemTime(nowMs + 3_600_000);
    const [first] = await publish(log, {});
    vi.setSystemTime(nowMs);
    const [second] = await publish(log, {});
    await restart(log);
    const [third] = await publish(log, {});
    const ids = [first?.id, second?.id, third?.id];
    expect(ids.toSorted()).toEqual(ids);
    const { event } = await found(log, first?.id ?? "");
    expect((await found(log, third?.id ?? "")).event.acceptedAt).toBe(event.acceptedAt);
  });
});
