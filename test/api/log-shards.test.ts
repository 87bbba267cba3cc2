import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../src/domain/durations.ts";
import { ulid } from "../../src/domain/ids.ts";
import { logOfKey } from "../../src/domain/log-shards.ts";
import { platform } from "../../src/platform.ts";
import { badFields, call, newEndpoint, newWorkspace, OPERATOR, type Workspace } from "./client.ts";

const CUSTOMERS = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];

async function raise({ key }: Workspace, body: object) {
  return call("PATCH", "/v1/workspace", { key, body });
}

function publish({ key }: Workspace, event: object, headers: Record<string, string> = {}) {
  return call("POST", "/v1/events", { key, headers, body: { type: "log.test", ...event } });
}

async function listed({ key }: Workspace, path: string): Promise<{ id: string }[]> {
  const rows: { id: string }[] = [];
  for (let cursor = ""; ; ) {
    const { body } = await call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=3${cursor}`, { key });
    rows.push(...body.data);
    if (body.next_cursor === null) return rows;
    cursor = `&cursor=${body.next_cursor}`;
  }
}

describe("a workspace whose log_shards was raised", () => {
  it("spreads its events by shard_by, and lists, finds and counts all of them as one", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    const { id: endpointId } = await newEndpoint(workspace, { types: ["log.*"] });
    const before = (await publish(workspace, { data: { customer: "ada" } })).body.id;
    const raised = await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    expect([raised.status, raised.body.log_shards, raised.body.shard_by]).toEqual([200, 8, "data.customer"]);
    const ids = [before];
    for (const customer of CUSTOMERS) {
      const answer = await publish(workspace, { data: { customer } });
      expect(answer.status, answer.text).toBe(202);
      ids.push(answer.body.id);
    }
    const counts = await Promise.all(
      CUSTOMERS.map(async (customer) => {
        const number = logOfKey(customer, 8);
        const log = env.EVENT_LOG.getByName(number === 0 ? workspace.id : `${workspace.id}/${number}`);
        return (await log.metrics()).acceptedEvents;
      }),
    );
    expect(Math.min(...counts)).toBeGreaterThan(0);
    ids.sort();
    expect((await listed(workspace, "/v1/events")).map(({ id }) => id)).toEqual(ids.toReversed());
    for (const id of ids) {
      const { body } = await call("GET", `/v1/events/${id}`, { key });
      expect([body.id, body.endpoints]).toEqual([id, 0]);
      const fate = await call("GET", `/v1/events/${id}/deliveries`, { key });
      expect(fate.body.missed).toEqual([endpointId]);
    }
    const found = await call("POST", "/v1/events/search", { key, body: { text: '"cyd"' } });
    expect(found.body.data).toHaveLength(1);
    const searched: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const body = { types: ["log.*"], limit: 2, ...(cursor ? { cursor } : {}) };
      const page = await call("POST", "/v1/events/search", { key, body });
      expect(page.status, page.text).toBe(200);
      searched.push(...page.body.data.map(({ id }: { id: string }) => id));
      cursor = page.body.next_cursor;
      expect(page.body.scanned.to === null).toBe(cursor === null);
    }
    expect(searched).toEqual(ids.toReversed());
    const stats = await call("GET", `/v1/endpoints/${endpointId}/stats`, { key });
    expect(stats.body.missed).toBe(ids.length);
    const scraped = await call("GET", `/metrics?workspace=${workspace.id}`, { key: OPERATOR });
    expect(scraped.text).toMatch(
      new RegExp(`atlas_events_accepted_total\\{workspace="${workspace.id}"\\} 9`),
    );
  });

  it("replays what an endpoint missed in all logs, in the order of acceptance", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    const { id } = await newEndpoint(workspace, { types: ["log.*"] });
    await publish(workspace, { data: { customer: "ada" } });
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    for (const customer of CUSTOMERS) await publish(workspace, { data: { customer } });
    const accepted = (await listed(workspace, "/v1/events")).map((event) => event.id).toReversed();
    await call("PATCH", `/v1/endpoints/${id}`, { key, body: { status: "paused" } });
    const job = await call("POST", `/v1/endpoints/${id}/replays`, { key, body: { status: "missed" } });
    expect(job.status, job.text).toBe(202);
    const state = async () => (await call("GET", `/v1/endpoints/${id}/replays/${job.body.id}`, { key })).body;
    await expect.poll(async () => (await state()).state, { timeout: 20_000 }).toBe("done");
    expect(await state()).toMatchObject({ total: 9, done: 9 });
    const { body } = await call("GET", `/v1/endpoints/${id}/deliveries?limit=50`, { key });
    expect(body.data.map((one: { event_id: string }) => one.event_id).toReversed()).toEqual(accepted);
    for (const eventId of accepted) {
      const fate = await call("GET", `/v1/events/${eventId}/deliveries`, { key });
      expect(fate.body.data).toHaveLength(1);
    }
  });

  it("answers an id or an Idempotency-Key that comes again as with one log, also if the number was raised in between", async () => {
    const workspace = await newWorkspace([]);
    const event = { id: "order-1", data: { customer: "ada" } };
    const once = { "Idempotency-Key": "first" };
    const first = await publish(workspace, event);
    const keyed = await publish(workspace, { data: { customer: "bob" } }, once);
    await raise(workspace, { log_shards: 3, shard_by: "data.customer" });
    const second = { id: "order-2", data: { customer: "cyd" } };
    const named = await publish(workspace, second);
    await raise(workspace, { log_shards: 8 });
    expect((await publish(workspace, event)).body).toEqual(first.body);
    expect((await publish(workspace, second)).body).toEqual(named.body);
    const again = await publish(workspace, { data: { customer: "bob" } }, once);
    expect([again.body, again.headers.get("Idempotency-Replayed")]).toEqual([keyed.body, "true"]);
    for (const customer of CUSTOMERS) {
      if (customer === "cyd") continue;
      const other = await publish(workspace, { id: "order-2", data: { customer } });
      expect([other.status, other.body.code]).toEqual([409, "event_conflict"]);
    }
    const body = await publish(workspace, { data: { customer: "eve" } }, once);
    expect([body.status, body.body.code]).toEqual([409, "idempotency_conflict"]);
    // The answer is kept, too, where the event is another log's already.
    const known = { "Idempotency-Key": "of-a-known-event" };
    expect((await publish(workspace, second, known)).body).toEqual(named.body);
    const repeated = await publish(workspace, second, known);
    expect([repeated.body, repeated.headers.get("Idempotency-Replayed")]).toEqual([named.body, "true"]);
    const another = await publish(workspace, { data: { customer: "cyd" } }, known);
    expect([another.status, another.body.code]).toEqual([409, "idempotency_conflict"]);
    expect(await listed(workspace, "/v1/events")).toHaveLength(3);
    // An id that one of the logs made is known, too.
    const made = keyed.body.id;
    const remade = await publish(workspace, { id: made, data: { customer: "gus" } });
    expect([remade.status, remade.body.code]).toEqual([409, "event_conflict"]);
  });

  it("accepts nothing twice under one Idempotency-Key whose log moves twice, though another log had one of its events", async () => {
    const workspace = await newWorkspace([]);
    const customer = Array.from({ length: 1000 }, (_, n) => `customer-${n}`).find(
      (name) => new Set([3, 8, 32].map((count) => logOfKey(name, count))).size === 3,
    );
    const events = [{ id: "order-1" }, {}].map((event) => ({
      type: "log.test",
      data: { customer },
      ...event,
    }));
    const publishBoth = () =>
      call("POST", "/v1/events/batch", {
        ...{ key: workspace.key, body: { events }, headers: { "Idempotency-Key": "both" } },
      });
    await raise(workspace, { log_shards: 3, shard_by: "data.customer" });
    const first = await call("POST", "/v1/events", { key: workspace.key, body: events[0] });
    await raise(workspace, { log_shards: 8 });
    const both = await publishBoth();
    expect([both.status, both.body.events[0]]).toEqual([202, first.body]);
    for (const count of [8, 32]) {
      await raise(workspace, { log_shards: count });
      const again = await publishBoth();
      expect([again.body, again.headers.get("Idempotency-Replayed")]).toEqual([both.body, "true"]);
    }
    expect(await listed(workspace, "/v1/events")).toHaveLength(2);
  });

  it("frees the names of a batch that is refused at once: mended, its events may go to another log", async () => {
    const workspace = await newWorkspace([]);
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    const [ada = "", ...others] = CUSTOMERS;
    const elsewhere = others.find((name) => logOfKey(name, 8) !== logOfKey(ada, 8));
    const batch = (events: object[], headers = {}) =>
      call("POST", "/v1/events/batch", {
        ...{ key: workspace.key, headers },
        body: { events: events.map((event) => ({ type: "log.test", ...event })) },
      });
    const event = (id: string, n: number, customer = ada) => ({ id, data: { customer, n } });
    const tooOld = ulid(Date.now() - 2 * DAY_MS, platform);
    const once = { "Idempotency-Key": "mended" };
    const twice = await batch([event("order-1", 1), event("order-2", 1), event("order-2", 2)], once);
    expect([twice.status, twice.body.errors[0].path]).toEqual([409, "events[2].id"]);
    const outOfTime = await batch([event("order-3", 1), event(`evt_${tooOld}`, 1)]);
    expect([outOfTime.status, outOfTime.body.errors[0].path]).toEqual([422, "events[1].id"]);
    const mended = ["order-1", "order-2", "order-3"].map((id) => event(id, 3, elsewhere));
    expect((await batch(mended, once)).status).toBe(202);
    // What was accepted keeps its names.
    expect((await publish(workspace, event("order-2", 1))).status).toBe(409);
  });

  it("frees the names of two batches alike that are refused at one moment, and refuses both for what is wrong", async () => {
    const workspace = await newWorkspace([]);
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    const [ada = "", ...others] = CUSTOMERS;
    const elsewhere = others.find((name) => logOfKey(name, 8) !== logOfKey(ada, 8));
    const event = (id: string, n: number, customer = ada) => ({
      ...{ type: "log.test", id },
      data: { customer, n },
    });
    const batch = (events: object[]) =>
      call("POST", "/v1/events/batch", { key: workspace.key, body: { events } });
    const tooOld = `evt_${ulid(Date.now() - 2 * DAY_MS, platform)}`;
    const bad = {
      409: [event("order-1", 1), event("order-1", 2)],
      422: [event("order-2", 1), event(tooOld, 1)],
    };
    for (const [status, events] of Object.entries(bad)) {
      const both = await Promise.all([batch(events), batch(events)]);
      expect(both.map((answer) => `${answer.status}`)).toEqual([status, status]);
    }
    const mended = ["order-1", "order-2"].map((id) => event(id, 3, elsewhere));
    expect((await batch(mended)).status).toBe(202);
  });

  it("goes by chance without shard_by, and keeps names in log 0", async () => {
    const workspace = await newWorkspace([]);
    await raise(workspace, { log_shards: 4 });
    const logs = new Set<string>();
    // By chance all of them go to one log once in 4^39 runs.
    for (let n = 0; n < 40; n++) {
      const { body } = await publish(workspace, { data: { n } });
      logs.add(body.id.charAt(15));
    }
    expect(logs.size).toBeGreaterThan(1);
    const named = await publish(workspace, { id: "one", data: {} });
    expect((await publish(workspace, { id: "one", data: {} })).body).toEqual(named.body);
    expect((await publish(workspace, { id: "one", data: { n: 1 } })).status).toBe(409);
    expect(await listed(workspace, "/v1/events")).toHaveLength(41);
  });

  it("refuses a batch over several logs by the index of the first that is of another one, and stores nothing", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    const other = CUSTOMERS.find((name) => logOfKey(name, 8) !== logOfKey("ada", 8));
    const events = ["ada", "ada", other].map((customer) => ({ type: "log.test", data: { customer } }));
    const refused = await call("POST", "/v1/events/batch", { key, body: { events } });
    expect([refused.status, badFields(refused)]).toEqual([422, ["events[2]"]]);
    expect(await listed(workspace, "/v1/events")).toEqual([]);
    const one = await call("POST", "/v1/events/batch", { key, body: { events: events.slice(0, 2) } });
    expect(one.status).toBe(202);
  });

  it("answers a batch over what are several logs now as it did when there was one", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    const batch = (events: object[], headers = {}) =>
      call("POST", "/v1/events/batch", { key, headers, body: { events } });
    const events = CUSTOMERS.map((customer) => ({ type: "log.test", data: { customer } }));
    const named = events.map((event, n) => ({ ...event, id: `order-${n}` }));
    const once = { "Idempotency-Key": "first" };
    const firsts = [await batch(events, once), await batch(named)];
    expect(firsts.map(({ status }) => status)).toEqual([202, 202]);
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    const again = await batch(events, once);
    expect([again.body, again.headers.get("Idempotency-Replayed")]).toEqual([firsts[0]?.body, "true"]);
    expect((await batch(named)).body).toEqual(firsts[1]?.body);
    expect((await batch(named, once)).body.code).toBe("idempotency_conflict");
    const changed = named.map((event) => (event.id === "order-3" ? { ...event, type: "log.other" } : event));
    expect((await batch(changed)).body.code).toBe("event_conflict");
    expect((await batch([...named, { ...events[0], id: "new" }])).status).toBe(422);
    expect(await listed(workspace, "/v1/events")).toHaveLength(2 * CUSTOMERS.length);
  });

  it("tells new and deleted endpoints to all logs", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    await raise(workspace, { log_shards: 8, shard_by: "data.customer" });
    const { id } = await newEndpoint(workspace, { types: ["log.*"], status: "paused" });
    for (const customer of CUSTOMERS)
      expect((await publish(workspace, { data: { customer } })).body.endpoints).toBe(1);
    await call("DELETE", `/v1/endpoints/${id}`, { key });
    for (const customer of CUSTOMERS)
      expect((await publish(workspace, { data: { customer } })).body.endpoints).toBe(0);
  });
});

describe("log_shards and shard_by", () => {
  it("are refused where they would break an order, by the field to change, and nothing is changed", async () => {
    const workspace = await newWorkspace([]);
    const { key } = workspace;
    const inOrder = await newEndpoint(workspace, { order: "endpoint" });
    const byKey = await newEndpoint(workspace, { order: { by: "data.customer" } });
    const refused = await raise(workspace, { log_shards: 2, shard_by: "data.customer" });
    expect([refused.status, badFields(refused)]).toEqual([422, ["log_shards"]]);
    expect(refused.text).toContain(inOrder.id);
    expect(refused.text).not.toContain(byKey.id);
    expect((await call("GET", "/v1/workspace", { key })).body).toMatchObject({
      log_shards: 1,
      shard_by: null,
    });
    await call("PATCH", `/v1/endpoints/${inOrder.id}`, { key, body: { order: "none" } });
    expect((await raise(workspace, { log_shards: 2 })).text).toContain(byKey.id);
    expect((await raise(workspace, { log_shards: 2, shard_by: "data.customer" })).status).toBe(200);
    const lowered = await raise(workspace, { log_shards: 1 });
    expect([lowered.status, badFields(lowered)]).toEqual([422, ["log_shards"]]);
    const moved = await raise(workspace, { shard_by: "data.other" });
    expect([moved.status, badFields(moved)]).toEqual([422, ["shard_by"]]);
    for (const unkept of [{ order: "endpoint" }, { order: { by: "data.other" } }, { serialize: true }]) {
      const body = { url: "https://receiver.example/hook", ...unkept };
      const made = await call("POST", "/v1/endpoints", { key, body });
      expect([made.status, badFields(made)]).toEqual([422, Object.keys(unkept)]);
      const changed = await call("PATCH", `/v1/endpoints/${inOrder.id}`, { key, body: unkept });
      expect([changed.status, badFields(changed)]).toEqual([422, Object.keys(unkept)]);
    }
    expect(
      (
        await call("POST", "/v1/endpoints", {
          key,
          body: { url: "https://receiver.example/hook", order: { by: "data.customer" } },
        })
      ).status,
    ).toBe(201);
    for (const bad of [{ log_shards: 0 }, { log_shards: 33 }, { log_shards: 2.5 }])
      expect(badFields(await raise(workspace, bad))).toEqual(["log_shards"]);
    expect(badFields(await raise(workspace, { shard_by: "customer" }))).toEqual(["shard_by"]);
  });
});
