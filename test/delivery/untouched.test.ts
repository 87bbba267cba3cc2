import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { Taking } from "../../src/domain/messages.ts";
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
