import { beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/catalog/index.ts";
import { standard } from "../../src/sdk/index.ts";
import { badFields, call, newKey, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const ask = (method: string, path = "", body?: unknown, key = workspace.key) =>
  call(method, `/v1/event-types${path}`, { key, body });

const delayed = {
  type: "shipment.delayed",
  category: "Shipments",
  schema: { type: "object", required: ["id"], properties: { days: { type: "integer" } } },
  sample: { id: "shp_31", days: 2 },
};

/** Every type of a workspace, page by page. */
async function all(key: string, query = "", limit = 40): Promise<{ type: string; category: string }[]> {
  const types: { type: string; category: string }[] = [];
  for (let cursor: string | null = null; ; ) {
    const from: string = cursor === null ? "" : `&cursor=${cursor}`;
    const { body } = await ask("GET", `?limit=${limit}${query}${from}`, undefined, key);
    types.push(...body.data);
    cursor = body.next_cursor;
    if (cursor === null) return types;
  }
}

describe("event types", () => {
  it("of a new workspace are those of all contracts, in pages by name", async () => {
    const { key } = await newWorkspace();
    const types = await all(key);
    expect(types.map(({ type }) => type)).toEqual(catalogue.map(({ type }) => type));
    const deals = await all(key, "&category=Deals", 3);
    expect(deals.length).toBeGreaterThan(3);
    expect(new Set(deals.map(({ category }) => category))).toEqual(new Set(["Deals"]));
    const shown = await ask("GET", "/deal.won", undefined, key);
    expect(shown.body).toMatchObject({
      type: "deal.won",
      category: "Deals",
      deprecated: false,
      sample: { currency: "CAD" },
    });
  });

  it("can be added, replaced and deleted, in their own workspace alone", async () => {
    const made = await ask("POST", "", delayed);
    expect(made.status).toBe(201);
    expect(made.body).toEqual({ ...delayed, description: "", deprecated: false });
    expect((await ask("POST", "", delayed)).body.code).toBe("event_type_exists");
    expect((await all(workspace.key)).map(({ type }) => type)).toContain("shipment.delayed");
    const changed = { category: "Logistics", sample: { id: 7 }, deprecated: true };
    const put = await ask("PUT", "/shipment.delayed", changed);
    expect(put.body).toEqual({ type: "shipment.delayed", description: "", ...changed });
    expect((await ask("GET", "/shipment.delayed")).body).toEqual(put.body);
    expect((await all(workspace.key, "&category=Logistics")).map(({ type }) => type)).toEqual([delayed.type]);
    expect((await ask("GET", "/shipment.delayed", undefined, (await newWorkspace()).key)).status).toBe(404);
    expect((await ask("DELETE", "/shipment.delayed")).status).toBe(204);
    expect((await ask("GET", "/shipment.delayed")).status).toBe(404);
    expect((await ask("DELETE", "/shipment.delayed")).status).toBe(404);
  });

  it("of the catalog can be deleted, and made again", async () => {
    const own = await newWorkspace();
    expect((await ask("DELETE", "/deal.won", undefined, own.key)).status).toBe(204);
    expect((await ask("GET", "/deal.won", undefined, own.key)).status).toBe(404);
    expect(await all(own.key)).toHaveLength(catalogue.length - 1);
    const again = { type: "deal.won", category: "Deals", sample: { id: 1 } };
    expect((await ask("POST", "", again, own.key)).status).toBe(201);
    expect(await all(own.key)).toHaveLength(catalogue.length);
    expect((await ask("GET", "/deal.won")).body.sample.currency).toBe("CAD");
  });

  it("are made once where two ask for the same at the same moment", async () => {
    const body = { ...delayed, type: "shipment.lost" };
    const answers = await Promise.all([ask("POST", "", body), ask("POST", "", body), ask("POST", "", body)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  });

  it("are put by each who asks for the same at the same moment, the first of whom makes it", async () => {
    const body = { ...delayed, type: "shipment.found" };
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask("PUT", "/shipment.found", body)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it("stand in the audit log with what differs", async () => {
    await ask("PUT", "/claim.filed", { category: "Claims", sample: { id: "c" } });
    const { body } = await call("GET", "/v1/audit?target=claim.filed", { key: workspace.key });
    expect(body.data[0]).toMatchObject({ action: "event_type.updated", after: { sample: { id: "c" } } });
    expect(body.data[0].after).not.toHaveProperty("category");
  });

  it("are changed by admins and read by readers", async () => {
    const reader = await newKey(workspace, "reader");
    expect((await ask("GET", "/deal.created", undefined, reader)).status).toBe(200);
    expect((await ask("POST", "", { ...delayed, type: "x.y" }, reader)).status).toBe(403);
    expect((await ask("DELETE", "/deal.created", undefined, reader)).status).toBe(403);
    expect((await ask("GET", "", undefined, await newKey(workspace, "publisher"))).status).toBe(403);
  });

  it.each<[string, object, string[]]>([
    ["a type of the service's own", { ...delayed, type: "webhooks.mine" }, ["type"]],
    ["a schema that is none", { ...delayed, schema: { type: "text" } }, ["schema.type"]],
    [
      "a schema that could hang",
      { ...delayed, schema: { properties: { id: { pattern: "(a+)+$" } } } },
      ["schema.properties.id.pattern"],
    ],
    ["a sample that does not fit", { ...delayed, sample: { days: "two" } }, ["sample", "sample.days"]],
    ["a sample that is too large", { ...delayed, sample: { id: "x".repeat(40_000) } }, ["sample"]],
    ["an unknown field", { ...delayed, colour: "red" }, ["colour"]],
  ])("refuse %s", async (_what, body, paths) => {
    const answer = await ask("POST", "", body);
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(paths);
  });

  it("refuse another name than the path's", async () => {
    expect(badFields(await ask("PUT", "/a.b", { ...delayed }))).toEqual(["type"]);
    expect(badFields(await ask("PUT", "/webhooks.a", { category: "A", sample: {} }))).toEqual(["type"]);
  });
});

describe("a type's sample over the wire", () => {
  const sample = (type: string, dialect: string) => ask("GET", `/${type}/sample?dialect=${dialect}`);

  it.each(["atlas", "standard", "voice", "brokers", "atomic", "support"])("%s", async (dialect) => {
    const { status, body } = await sample("deal.won", dialect);
    expect(status).toBe(200);
    expect(body.method).toBe("POST");
    expect(body.headers["Content-Type"]).toBe("application/json");
    expect(JSON.stringify(JSON.parse(body.body))).toContain("Mitchell");
    expect(body.secret === null).toBe(dialect === "voice");
  });

  it("is signed with the placeholder that is shown", async () => {
    const { body } = await sample("contact.created", "standard");
    expect(standard.webhooks.verify(body.body, body.headers, body.secret)).toMatchObject({
      type: "contact.created",
    });
  });

  it("is the workspace's own where it has one", async () => {
    await ask("PUT", "/task.created", { category: "Tasks", sample: { own: true } });
    expect(JSON.parse((await sample("task.created", "voice")).body.body)).toEqual([{ own: true }]);
  });

  it("shows it with an endpoint's own options of the dialect, and refuses what is none of them", async () => {
    const withOptions = (dialect: string, options: string) =>
      ask("GET", `/deal.won/sample?dialect=${dialect}&dialect_options=${encodeURIComponent(options)}`);
    const binary = await withOptions("cloudevents", '{"mode":"binary","source":"/shop"}');
    expect(binary.body.headers).toMatchObject({ "ce-source": "/shop", "ce-type": "deal.won" });
    expect(badFields(await withOptions("cloudevents", '{"mode":"loud"}'))).toEqual(["dialect_options.mode"]);
    expect(badFields(await withOptions("atlas", '{"mode":"binary"}'))).toEqual(["dialect_options.mode"]);
    expect(badFields(await withOptions("cloudevents", '{"mode":1}'))).toEqual(["dialect_options"]);
    expect((await withOptions("cloudevents", '{"mode":"binary","mode":"structured"}')).body.detail).toBe(
      "dialect_options: must not have mode twice",
    );
    expect(badFields(await withOptions("cloudevents", "mode"))).toEqual(["dialect_options"]);
  });

  it("is refused for an unknown dialect or type", async () => {
    expect(badFields(await sample("deal.won", "morse"))).toEqual(["dialect"]);
    expect((await sample("no.such", "atlas")).status).toBe(404);
  });
});
