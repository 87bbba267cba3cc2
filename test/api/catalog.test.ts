import { describe, expect, it } from "vitest";
import { OPERATIONAL_TYPES } from "../../src/domain/operational.ts";
import { badFields, call, newEndpoint, newWorkspace, OPERATOR } from "./client.ts";

const types = async (key: string, query = "") => {
  const { body } = await call("GET", `/v1/event-types?limit=200${query}`, { key });
  return body.data as { type: string; sample: Record<string, unknown> }[];
};
const names = async (key: string, query = "") => (await types(key, query)).map(({ type }) => type);
const OWN = [...OPERATIONAL_TYPES].toSorted();

describe("a workspace's catalog", () => {
  it("is empty but for the service's own types, unless it is asked for at the start", async () => {
    const made = await call("POST", "/v1/workspaces", { key: OPERATOR, body: { name: "bare" } });
    expect(made.body.catalog).toEqual([]);
    expect(await names(made.body.key)).toEqual(OWN);
    const { key } = await newWorkspace(["standard"]);
    expect(await names(key)).toEqual(OWN);
  });

  it("has the types of the contracts that were named, and shows them", async () => {
    const { key } = await newWorkspace(["voice", "brokers"]);
    const found = await names(key);
    expect(found).toEqual(expect.arrayContaining(["call_started", "claim.filed", "deal.created"]));
    expect(found).not.toContain("deal.updated");
    expect(found).toHaveLength(4 + 15 + OWN.length);
    const shown = await call("GET", "/v1/workspace", { key });
    expect(shown.body.catalog).toEqual(["voice", "brokers"]);
    const back = await call("PATCH", "/v1/workspace", { key, body: shown.body });
    expect([back.status, back.body]).toEqual([200, shown.body]);
    const other = await call("PATCH", "/v1/workspace", { key, body: { catalog: ["atlas"] } });
    expect(badFields(other)).toEqual(["catalog"]);
  });

  it("is what validated events are checked by", async () => {
    const { key } = await newWorkspace(["brokers"]);
    await call("PATCH", "/v1/workspace", { key, body: { validate_events: true } });
    const publish = (type: string, data: object) => call("POST", "/v1/events", { key, body: { type, data } });
    expect((await publish("claim.filed", { id: "c" })).status).toBe(202);
    expect(badFields(await publish("deal.updated", { id: "d" }))).toEqual(["type"]);
  });

  it("refuses a contract that there is not, and names it", async () => {
    const body = { name: "odd", catalog: ["atlas", "morse"] };
    const answer = await call("POST", "/v1/workspaces", { key: OPERATOR, body });
    expect([answer.status, badFields(answer)]).toEqual([422, ["catalog[1]"]]);
  });

  it("shows all brokers' samples in one shape, whatever other contracts call by the same name", async () => {
    const { key: all } = await newWorkspace();
    const { key: only } = await newWorkspace(["brokers"]);
    const samples = await types(all, "&contract=brokers");
    expect(samples).toHaveLength(15);
    for (const { type, sample } of samples) {
      expect([type, Object.keys(sample).filter((name) => !/^[a-z][A-Za-z]*$/.test(name))]).toEqual([
        type,
        [],
      ]);
      expect([type, sample.id]).toEqual([type, expect.any(String)]);
    }
    expect((await types(only)).filter(({ type }) => !OWN.includes(type as never))).toEqual(samples);
    const sent = await call("GET", "/v1/event-types/deal.created/sample?dialect=brokers", { key: all });
    const sample = samples.find(({ type }) => type === "deal.created")?.sample;
    expect(JSON.parse(sent.body.body).data).toEqual(sample);
    const atlas = await call("GET", "/v1/event-types/deal.created/sample?dialect=atlas", { key: all });
    expect(JSON.parse(atlas.body.body).data).toHaveProperty("pipeline_id");
  });
});

describe("the list of event types", () => {
  it("can be searched by contract, and by text in name or description whatever the case", async () => {
    const { key } = await newWorkspace();
    expect(await names(key, "&contract=voice")).toHaveLength(4);
    expect(await names(key, "&q=CLAIM.f")).toEqual(["claim.filed"]);
    expect(await names(key, "&contract=brokers&q=settled")).toEqual(["claim.settled"]);
    const body = { type: "own.type", description: "Über alles" };
    expect((await call("POST", "/v1/event-types", { key, body })).status).toBe(201);
    expect(await names(key, "&q=über")).toEqual(["own.type"]);
    expect(await names(key, "&contract=atomic&q=über")).toEqual([]);
    const unknown = await call("GET", "/v1/event-types?contract=morse", { key });
    expect(badFields(unknown)).toEqual(["contract"]);
  });
});

describe("an event type", () => {
  it("needs neither category nor sample, and comes back as it was given", async () => {
    const { key } = await newWorkspace([]);
    const body = { type: "own.type", schema: { required: ["id"] } };
    const made = await call("POST", "/v1/event-types", { key, body });
    expect([made.status, made.body]).toEqual([201, { ...body, description: "", deprecated: false }]);
    const put = await call("PUT", "/v1/event-types/own.type", { key, body: made.body });
    expect([put.status, put.body]).toEqual([200, made.body]);
    const sample = await call("GET", "/v1/event-types/own.type/sample", { key });
    expect(JSON.parse(sample.body.body).data).toEqual({});
  });

  it("of the service's own is there with a sample in every workspace, and cannot be changed", async () => {
    const { key } = await newWorkspace([]);
    for (const { type, sample } of await types(key)) {
      expect(sample).toMatchObject({
        ...{ endpoint_id: expect.any(String), url: expect.any(String), status: expect.any(String) },
        ...{ attempts: expect.any(Number), first_failure_at: expect.any(String), count: 1 },
      });
      expect((await call("GET", `/v1/event-types/${type}/sample`, { key })).status).toBe(200);
      expect(badFields(await call("DELETE", `/v1/event-types/${type}`, { key }))).toEqual(["type"]);
      const body = { sample: { id: 1 } };
      expect(badFields(await call("PUT", `/v1/event-types/${type}`, { key, body }))).toEqual(["type"]);
    }
  });
});

describe("an endpoint's types", () => {
  it("that name what the workspace has not are taken with warnings, wildcards too", async () => {
    const workspace = await newWorkspace(["brokers"]);
    const { key } = workspace;
    await call("POST", "/v1/event-types", { key, body: { type: "own.type" } });
    const patterns = [
      "claim.filed",
      "claim.fild",
      "claim.*",
      "clam.*",
      "own.*",
      "*",
      "webhooks.*",
      "webhooks.x",
    ];
    const made = await newEndpoint(workspace, { types: patterns });
    expect(made.types).toEqual(patterns);
    expect(made.warnings).toEqual([
      { path: "types[1]", message: "claim.fild is not one of the workspace's event types" },
      { path: "types[3]", message: "clam.* takes none of the workspace's event types" },
      { path: "types[7]", message: "webhooks.x is not one of the workspace's event types" },
    ]);
    const patch = (body: object) => call("PATCH", `/v1/endpoints/${made.id}`, { key, body });
    expect((await patch({ types: ["deal.updated"] })).body.warnings).toHaveLength(1);
    expect((await patch({ types: ["deal.created"] })).body).not.toHaveProperty("warnings");
    expect((await patch({ description: "x" })).body).not.toHaveProperty("warnings");
    await call("DELETE", "/v1/event-types/deal.created", { key });
    const after = await patch({ types: ["deal.created"] });
    expect(after.body.warnings).toHaveLength(1);
    // What an answer carries may be sent back.
    expect((await patch(after.body)).status).toBe(200);
    expect((await call("GET", `/v1/endpoints/${made.id}`, { key })).body).not.toHaveProperty("warnings");
  });

  it("that are the defaults need no warning", async () => {
    expect(await newEndpoint(await newWorkspace([]))).not.toHaveProperty("warnings");
  });
});
