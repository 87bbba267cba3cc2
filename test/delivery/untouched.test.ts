import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { updateEndpoint } from "../../src/d1/endpoint-writes.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import type { Taking } from "../../src/domain/messages.ts";
import { pushEndpoint } from "../../src/reconcile/sync.ts";
import { call } from "../api/client.ts";
import { setScene } from "./scene.ts";

const scene = setScene();

const objectOf = (id: string) => env.ENDPOINT.getByName(id);

/** What an object has stored: the names of its tables. */
const tablesOf = (id: string) =>
  runInDurableObject(objectOf(id), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")
      .toArray()
      .map(({ name }) => name),
  );

/** A batch of a log that can be asked for the configuration. */
const asking = (): Taking => ({ ...scene.batch(), after: null, isAll: true, configuration: null });

/** What the object answers that is asked for the first time. */
async function question(id: string): Promise<string> {
  const answer = await objectOf(id).take(asking());
  if (answer.outcome !== "unconfigured") throw new Error(`it answers ${answer.outcome}`);
  return answer.askedBy;
}

describe("the object of a new endpoint", () => {
  it("attempts its first event before it has a table, and keeps its configuration with what is stored first", async () => {
    const { id } = await scene.create();
    const answer = Promise.withResolvers<Response>();
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return answer.promise;
    });
    await scene.publish();
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    expect(await tablesOf(id)).toEqual([]);
    answer.resolve(new Response(null, { status: 200 }));
    await vi.waitFor(async () => expect(await tablesOf(id)).toContain("runs"));
    expect(JSON.parse((await scene.stored(id, "config")) ?? "{}")).toMatchObject({ id, version: 1 });
    expect((await objectOf(id).stats("1h")).delivered).toBe(1);
  });

  it("replays what was published before there was the endpoint, by ids, and counts it for a dry run", async () => {
    const { key } = scene.workspace;
    const ids: string[] = [];
    for (let n = 0; n < 2; n++) ids.push((await scene.publish()).body.id);
    const { id } = await scene.create();
    const replays = (query: string) =>
      call("POST", `/v1/endpoints/${id}/replays${query}`, { key, body: { event_ids: ids } });
    expect((await replays("?dry_run=true")).body).toMatchObject({ state: "done", total: 2 });
    const job = (await replays("")).body;
    const path = `/v1/endpoints/${id}/replays/${job.id}`;
    await vi.waitFor(async () =>
      expect((await call("GET", path, { key })).body).toMatchObject({ total: 2, done: 2 }),
    );
    await vi.waitFor(() => expect(scene.attempts).toBe(2));
  });

  it("has its configuration of the log, which asks D1 for those of many at once", async () => {
    for (let n = 0; n < 5; n++) await scene.create();
    const prepared = vi.spyOn(env.DB, "prepare");
    await scene.publish();
    await vi.waitFor(() => expect(scene.attempts).toBe(5));
    const ofEndpoints = prepared.mock.calls
      .map(([query]) => query)
      .filter((query) => /^select .* from "endpoints" where/.test(query) && query.includes('"sealed"'));
    prepared.mockRestore();
    expect(ofEndpoints.length).toBeGreaterThan(0);
    expect(ofEndpoints.filter((query) => !query.includes("json_each"))).toEqual([]);
    // Neither long nor needed.
    expect(ofEndpoints.filter((query) => /"(description|metadata|health|counts)"/.test(query))).toEqual([]);
  });

  it("asks D1 itself where the log runs older code", async () => {
    const { id } = await scene.create();
    const { configuration: _, ...batch } = asking();
    expect(await objectOf(id).take(batch)).toMatchObject({ outcome: "taken" });
    expect(scene.attempts).toBe(1);
  });

  it("that was erased between its question and the answer takes nothing, and stores nothing", async () => {
    const { id } = await scene.create();
    const askedBy = await question(id);
    const config = await scene.configOf(id);
    expect((await call("DELETE", `/v1/endpoints/${id}`, { key: scene.workspace.key })).status).toBe(204);
    expect(await objectOf(id).take({ ...asking(), configuration: { config, askedBy } })).toEqual({
      outcome: "gone",
    });
    expect(scene.attempts).toBe(0);
    expect(await tablesOf(id)).toEqual([]);
  });

  it("asks anew where another life of it had asked: D1 may have changed since", async () => {
    const { id } = await scene.create();
    const askedBy = await question(id);
    const config = await scene.configOf(id);
    await evictDurableObject(objectOf(id));
    const answer = await objectOf(id).take({ ...asking(), configuration: { config, askedBy } });
    expect(answer).toMatchObject({ outcome: "unconfigured", askedBy: expect.not.stringContaining(askedBy) });
    expect(scene.attempts).toBe(0);
  });

  it("is not idle until its question is answered, which no other life would understand", async () => {
    const { id } = await scene.create();
    const isIdle = () => runInDurableObject(objectOf(id), (instance) => instance.isIdle);
    const config = await scene.configOf(id);
    expect(await isIdle()).toBe(true);
    const askedBy = await question(id);
    expect(await isIdle()).toBe(false);
    await objectOf(id).close();
    scene.answer = 500;
    const answer = await objectOf(id).take({ ...asking(), configuration: { config, askedBy } });
    expect(answer).toMatchObject({ outcome: "taken" });
    await vi.waitFor(async () => expect(await isIdle()).toBe(true));
  });

  it("is idle again where its question is not answered in time", async () => {
    const { id } = await scene.create();
    await question(id);
    const isIdleIn = (ms: number) =>
      runInDurableObject(objectOf(id), (instance) => {
        const now = vi.spyOn(Date, "now").mockReturnValue(Date.now() + ms);
        const { isIdle } = instance;
        now.mockRestore();
        return isIdle;
      });
    expect([await isIdleIn(5_000), await isIdleIn(10_000)]).toEqual([false, true]);
  });

  it("attempts its first event before it has a table, though somebody watches, and remembers that with what it stores", async () => {
    const { id } = await scene.create();
    const answer = Promise.withResolvers<Response>();
    vi.stubGlobal("fetch", () => {
      scene.attempts++;
      return answer.promise;
    });
    const watch = { until: Date.now() + 60_000, endpointIds: null };
    const batch = { ...asking(), watch };
    const askedBy = await question(id);
    const taken = objectOf(id).take({
      ...batch,
      configuration: { config: await scene.configOf(id), askedBy },
    });
    await vi.waitFor(() => expect(scene.attempts).toBe(1));
    expect(await tablesOf(id)).toEqual([]);
    answer.resolve(new Response(null, { status: 200 }));
    await taken;
    await vi.waitFor(async () => expect(await scene.stored(id, "watch")).not.toBeNull());
  });

  it("goes by a change that was made before its first event, in whatever life, and stores nothing for it", async () => {
    const { id, url } = await scene.create();
    const changed = `${url}/changed`;
    const body = { url: changed };
    const patched = await call("PATCH", `/v1/endpoints/${id}`, { key: scene.workspace.key, body });
    expect(patched.status).toBe(200);
    expect(await tablesOf(id)).toEqual([]);
    await evictDurableObject(objectOf(id));
    const called: string[] = [];
    vi.stubGlobal("fetch", async (to: string) => {
      called.push(String(to));
      return new Response(null, { status: 200 });
    });
    await scene.publish();
    await vi.waitFor(() => expect(called).toEqual([changed]));
  });

  it("shows an empty queue and no deliveries without storing anything", async () => {
    const { id } = await scene.create();
    const { key } = scene.workspace;
    expect(await call("GET", `/v1/endpoints/${id}/queue`, { key })).toMatchObject({ status: 200 });
    expect(await call("GET", `/v1/endpoints/${id}/stats`, { key })).toMatchObject({ status: 200 });
    const listed = await call("GET", `/v1/endpoints/${id}/deliveries`, { key });
    expect(listed).toMatchObject({ status: 200, body: { data: [] } });
    expect(await tablesOf(id)).toEqual([]);
  });
});

describe("a status that is changed before anything came to the endpoint", () => {
  /** What an operational event says of each change; once nothing more of the object is under way. */
  async function toldOf(id: string): Promise<unknown[][]> {
    await vi.waitFor(async () => expect(await scene.stored(id, "operational")).toContain('"count":0'));
    const listed = await call("GET", "/v1/events", { key: scene.workspace.key });
    const ofEvents = listed.body.data.map((event: { id: string }) =>
      call("GET", `/v1/events/${event.id}`, { key: scene.workspace.key }),
    );
    return (await Promise.all(ofEvents)).map(({ body }) => [
      body.type,
      body.data.endpoint_id,
      body.data.count,
    ]);
  }

  /** A change that was written, and that no object has heard of. */
  async function writeUnpushed(id: string, change: Partial<EndpointRow>): Promise<EndpointRow> {
    const row = await loadEndpointRow(env.DB, id);
    const changed =
      row && (await updateEndpoint(env.DB, row, { ...row, ...change }, 1, async () => UNRECORDED));
    if (!changed) throw new Error("it was not written");
    return changed;
  }

  const readQueue = (id: string) => call("GET", `/v1/endpoints/${id}/queue`, { key: scene.workspace.key });

  it.each(["paused", "disabled"] as const)(
    "is told once, where it was %s, in whatever life",
    async (status) => {
      await scene.create({ types: ["webhooks.*"], status: "paused" });
      const patch = (id: string, body: object) =>
        call("PATCH", `/v1/endpoints/${id}`, { key: scene.workspace.key, body });
      const [fresh, evicted] = [await scene.create(), await scene.create()];
      await readQueue(evicted.id);
      for (const { id } of [fresh, evicted]) {
        await evictDurableObject(objectOf(id)).catch(() => undefined);
        expect((await patch(id, { status })).status).toBe(200);
        await vi.waitFor(async () => expect(await scene.stored(id, "operational")).toContain('"count":0'));
        await evictDurableObject(objectOf(id));
        expect((await patch(id, { description: "later" })).status).toBe(200);
      }
      expect((await toldOf(evicted.id)).toSorted()).toEqual(
        [fresh.id, evicted.id].toSorted().map((id) => [`webhooks.endpoint.${status}`, id, 1]),
      );
    },
  );

  it.each([
    ["cron says it again", (_id: string, row: EndpointRow) => pushEndpoint(env, row)],
    ["somebody reads its queue", readQueue],
    ["its first event comes", () => scene.publish()],
  ])("is told where its object was not, and %s", async (_, come) => {
    await scene.create({ types: ["webhooks.*"], status: "paused" });
    const { id } = await scene.create();
    const row = await writeUnpushed(id, { status: "paused" });
    await come(id, row);
    await vi.waitFor(async () =>
      expect((await toldOf(id)).filter((told) => !told.includes("a.b"))).toEqual([
        ["webhooks.endpoint.paused", id, 1],
      ]),
    );
  });

  it("is none of an endpoint that was made paused, whatever else of it changed", async () => {
    const { id } = await scene.create({ status: "paused" });
    await pushEndpoint(env, await writeUnpushed(id, { description: "changed" }));
    await readQueue(id);
    expect(await tablesOf(id)).toEqual([]);
  });

  it("is none once it is enabled again", async () => {
    const { id } = await scene.create();
    await writeUnpushed(id, { status: "paused" });
    await pushEndpoint(env, await writeUnpushed(id, { status: "enabled" }));
    expect(await tablesOf(id)).toEqual([]);
  });
});
