import { describe, expect, it } from "vitest";
import { accepted, DAY_MS, HOUR_MS, newEvent, ownId } from "../events.ts";
import { count, found, newLog, publish, restart } from "../rig.ts";

const MINUTE_MS = 60_000;

describe("a publisher's own id", () => {
  it("with the same content gives the first answer again: in the batch, the group, later, after a restart", async () => {
    const log = newLog();
    const event = { id: ownId(), created: 1_700_000_000, sent: sentOnly("created") };
    const [together, beside] = await Promise.all([publish(log, event, event), publish(log, event)]);
    const [first] = together;
    expect(first).toEqual({ id: event.id, type: "deal.created", created: 1_700_000_000, endpoints: 0 });
    expect(together[1]).toEqual(first);
    expect(beside).toEqual([first]);
    expect(await publish(log, event)).toEqual([first]);
    await restart(log);
    expect(await publish(log, {}, event)).toEqual([expect.anything(), first]);
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(2);
  });

  it("with other content is refused with its index, and nothing of the request is stored", async () => {
    const log = newLog();
    const id = ownId();
    const late = ownId();
    await publish(log, { id, data: '{"n":1}' });
    const refused = await log.append({
      events: [newEvent({ id: late }), newEvent(), newEvent({ id, data: '{"n":2}' })],
    });
    expect(refused).toEqual({ outcome: "conflict", index: 2 });
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(1);
    // What came with it may come again, even with other content: its id was not taken.
    expect(await publish(log, { id: late, data: '{"other":true}' })).toHaveLength(1);
  });

  it("is compared within one batch too", async () => {
    const log = newLog();
    const id = ownId();
    const events = [newEvent({ id, data: "{}" }), newEvent({ id, data: "{ }" })];
    expect(await log.append({ events })).toEqual({ outcome: "conflict", index: 1 });
    expect(await count(log, "SELECT count(*) FROM chunks")).toBe(0);
  });

  it("refused in one request is free for another that waits with it", async () => {
    const log = newLog();
    const [taken, id] = [ownId(), ownId()];
    await publish(log, { id: taken });
    const [refused, other] = await Promise.all([
      log.append({ events: [newEvent({ id }), newEvent({ id: taken, type: "other" })] }),
      log.append({ events: [newEvent({ id, data: '{"second":1}' })] }),
    ]);
    expect(refused).toEqual({ outcome: "conflict", index: 1 });
    expect(accepted(other)).toHaveLength(1);
    expect((await found(log, id)).event.data).toBe('{"second":1}');
  });

  it.each([
    ["type", { type: "deal.changed" }],
    ["data, byte for byte", { data: '{"n": 1}' }],
    ["created", { created: 5, sent: sentOnly("created") }],
    ["api_version", { apiVersion: "2025-01-01", sent: sentOnly("apiVersion") }],
    ["tags", { tags: ["vip"], sent: sentOnly("tags") }],
    ["context", { context: { a: "b" }, sent: sentOnly("context") }],
    ["an empty list of tags where there was none", { sent: sentOnly("tags") }],
    ["the api_version sent that was filled in", { sent: sentOnly("apiVersion") }],
  ])("has other content by another %s", async (_field, change) => {
    const log = newLog();
    const id = ownId();
    await publish(log, { id });
    expect(await log.append({ events: [newEvent({ id, ...change })] })).toEqual({
      outcome: "conflict",
      index: 0,
    });
  });

  it("has the same content where only the filled-in differs", async () => {
    const log = newLog();
    const id = ownId();
    const first = await publish(log, { id, apiVersion: "2026-01-15" });
    // The workspace's own api_version was changed between: the publisher sent the same.
    expect(await publish(log, { id, apiVersion: "2026-06-01" })).toEqual(first);
    const other = ownId();
    const pairs = { id: other, context: { a: "1", b: "2" }, sent: sentOnly("context") };
    const again = await publish(log, pairs);
    expect(await publish(log, { ...pairs, context: { b: "2", a: "1" } })).toEqual(again);
  });

  it("lies from 24 h ago to 5 min ahead, or nothing of the request is stored", async () => {
    const log = newLog();
    const now = Date.now();
    const near = [now - DAY_MS + MINUTE_MS, now + 4 * MINUTE_MS];
    expect(await publish(log, ...near.map((time) => ({ id: ownId(time) })))).toHaveLength(2);
    for (const far of [now - DAY_MS - MINUTE_MS, now + 6 * MINUTE_MS, 0, 2 ** 48 - 1]) {
      const events = [newEvent(), newEvent({ id: ownId(far) })];
      expect(await log.append({ events })).toEqual({ outcome: "id_out_of_range", index: 1 });
    }
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(2);
  });

  it("is found whatever its time", async () => {
    const log = newLog();
    const ids = [ownId(Date.now() - 23 * HOUR_MS), ownId(), ownId(Date.now() + 4 * MINUTE_MS)];
    for (const [n, id] of ids.entries()) await publish(log, { id, data: `{"n":${n}}` });
    for (const [n, id] of ids.entries()) expect((await found(log, id)).event.data).toBe(`{"n":${n}}`);
  });
});

describe("an id that the server made, sent again", () => {
  it("gives the first answer, or is refused for other content", async () => {
    const log = newLog();
    const sent = { tags: ["vip"], sent: sentOnly("tags") };
    const [first] = await publish(log, sent);
    const id = first?.id ?? "";
    expect(await publish(log, { ...sent, id })).toEqual([first]);
    const changed = newEvent({ ...sent, id, data: "{}" });
    expect(await log.append({ events: [newEvent(), changed] })).toEqual({ outcome: "conflict", index: 1 });
    expect(await count(log, "SELECT sum(events) FROM chunks")).toBe(1);
  });
});

function sentOnly(field: "created" | "apiVersion" | "tags" | "context") {
  return { created: false, apiVersion: false, tags: false, context: false, [field]: true };
}
