import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { noteEndpointReport } from "../../src/d1/endpoint-reports.ts";
import { dialects } from "../../src/dialects/index.ts";
import {
  type Answer,
  badFields,
  call,
  newEndpoint,
  newWorkspace,
  unreachable,
  type Workspace,
} from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const path = (id: string) => `/v1/endpoints/${id}`;
const patch = (id: string, body: unknown) => call("PATCH", path(id), { key: workspace.key, body });
const get = (id: string) => call("GET", path(id), { key: workspace.key });
const versionOf = (id: string) =>
  env.DB.prepare("SELECT version FROM endpoints WHERE id = ?").bind(id).first<number>("version");
const auditOf = async (id: string) =>
  (await call("GET", `/v1/audit?target=${id}`, { key: workspace.key })).body.data.length;

const everything = {
  description: "everything",
  metadata: { team: "sales" },
  types: ["deal.*"],
  stages: ["won"],
  tags: ["eu"],
  context: { region: "eu" },
  filter: "deal.value > 1",
  serialize: true,
  method: "PUT",
  headers: { "X-Api-Key": "header-secret" },
  auth: { type: "basic", username: "anna", password: "hunter2" },
  retry: { delays: [7], jitter: 0.3 },
  timeout: 3,
  max_in_flight: 9,
  rate_limit: { per_second: 5 },
  on_dead_letter: "pause",
  disable_after: { consecutive_failures: 4 },
  success_statuses: [409],
  status: "paused",
};

describe("what GET answers", () => {
  it.each(Object.keys(dialects))("can be sent back with PATCH, and changes nothing: %s", async (dialect) => {
    for (const settings of [{}, everything]) {
      const made = await newEndpoint(workspace, { ...settings, dialect });
      const shown = (await get(made.id)).body;
      const answer = await patch(made.id, shown);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).toEqual(shown);
      expect(await versionOf(made.id)).toBe(1);
      expect(await auditOf(made.id)).toBe(1);
    }
  });

  it("can be sent back with one field changed, though the health has moved on since", async () => {
    const made = await newEndpoint(workspace, everything);
    const health = (at: number) => ({
      ...{ at, delivered: 1, dead: 0, retried: 0, attempts: 1, avgLatencyMs: 2, pending: 0 },
    });
    const first = (await get(made.id)).body;
    await noteEndpointReport(env.DB, made.id, { health: health(Date.now() - 60_000), counts: {} });
    const second = (await get(made.id)).body;
    await noteEndpointReport(env.DB, made.id, { health: health(Date.now()), counts: {} });
    for (const [earlier, description] of [
      [first, "one"],
      [second, "two"],
    ]) {
      const { updated_at: _since, ...rest } = earlier;
      const answer = await patch(made.id, { ...rest, description });
      expect([answer.status, answer.body.description]).toEqual([200, description]);
    }
  });

  it("is refused with a read-only field that differs, by name", async () => {
    const made = await newEndpoint(workspace);
    const shown = (await get(made.id)).body;
    const changes = {
      id: `${shown.id}X`,
      status_reason: "gone",
      health: { at: shown.created_at },
      created_at: "2020-01-01T00:00:00.000Z",
      updated_at: null,
    };
    const answer = await patch(made.id, { ...shown, ...changes, description: "other" });
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(Object.keys(changes).sort());
    for (const { message } of answer.body.errors) expect(message).toMatch(/^is read-only/);
    expect((await get(made.id)).body).toEqual(shown);
  });

  it("is refused by POST with its read-only fields", async () => {
    const made = await newEndpoint(workspace);
    const { body: shown } = await get(made.id);
    const answer = await call("POST", "/v1/endpoints", { key: workspace.key, body: shown });
    expect(badFields(answer)).toEqual(["created_at", "health", "id", "status_reason", "updated_at"]);
  });

  it("of a workspace can be sent back too", async () => {
    const own = (method: string, body?: unknown) =>
      call(method, "/v1/workspace", { key: workspace.key, body });
    const shown = (await own("GET")).body;
    expect((await own("PATCH", shown)).body).toEqual(shown);
    expect(badFields(await own("PATCH", { ...shown, id: "ws_other", created_at: "now" }))).toEqual([
      "created_at",
      "id",
    ]);
    await own("PATCH", { validate_events: true, api_version: "2027-01-01" });
    const { body } = await own("PATCH", { validate_events: null, api_version: null });
    expect(body).toEqual(shown);
    expect(badFields(await own("PATCH", { name: null }))).toEqual(["name"]);
  });
});

describe("PATCH", () => {
  it.each([{}, { types: ["deal.*"] }, { headers: { "x-api-key": "***" } }])(
    "%o of what is so already is no new version and no entry in the audit log",
    async (body) => {
      const made = await newEndpoint(workspace, { types: ["deal.*"], headers: { "x-api-key": "secret" } });
      const answer = await patch(made.id, body);
      expect([answer.status, answer.body.updated_at]).toEqual([200, made.updated_at]);
      expect([await versionOf(made.id), await auditOf(made.id)]).toEqual([1, 1]);
    },
  );

  it("repeated after a 503 is answered once the objects have taken what it stored before", async () => {
    const made = await newEndpoint(workspace);
    const again = (env: object) =>
      call("PATCH", path(made.id), { key: workspace.key, body: { description: "late" }, env });
    expect((await again({ ENDPOINT: unreachable() })).body.code).toBe("sync_pending");
    expect((await again({ ENDPOINT: unreachable() })).body.code).toBe("sync_pending");
    expect((await again({})).status).toBe(200);
    expect(await versionOf(made.id)).toBe(2);
  });

  it.each(["standard", "atlas", "atomic"])("with null puts back every default of %s", async (dialect) => {
    const fresh = await newEndpoint(workspace, { dialect, status: "enabled" });
    const made = await newEndpoint(workspace, { ...everything, dialect });
    const nulls = Object.fromEntries(Object.keys(everything).map((field) => [field, null]));
    const { status, body } = await patch(made.id, nulls);
    expect(status).toBe(200);
    for (const field of Object.keys(everything))
      expect([field, body[field]]).toEqual([field, field === "disable_after" ? null : fresh[field]]);
    expect((await patch(made.id, { dialect_options: null })).status).toBe(200);
  });

  it("says in the OpenAPI document which fields take null, and which are read-only", async () => {
    const { schemas } = (await call("GET", "/openapi.json")).body.components;
    const { properties } = schemas.EndpointChange;
    /** The types that a schema allows, through the named ones it refers to. */
    const typesOf = ({ $ref, type, oneOf = [], anyOf = [] }: Answer["body"]): string[] =>
      $ref !== undefined
        ? typesOf(schemas[$ref.split("/").at(-1)])
        : [type ?? [], ...[...oneOf, ...anyOf].map(typesOf)].flat();
    for (const [name, schema] of Object.entries<Answer["body"]>(properties))
      expect(schema.readOnly || typesOf(schema).includes("null"), name).toBe(true);
  });

  it("drops a URL by null where it is only shown, and refuses to where it is called", async () => {
    const made = await newEndpoint(workspace);
    expect(badFields(await patch(made.id, { url: null }))).toEqual(["url"]);
    const pulled = await newEndpoint(workspace, {
      transport: "pull",
      url: "https://shown.example/",
      headers: { "X-Key": "kept-as-it-is" },
    });
    const { status, body } = await patch(pulled.id, { url: null });
    expect([status, body.url, body.headers]).toEqual([200, "pull:", { "X-Key": "***" }]);
    expect((await patch(pulled.id, { url: "https://shown.example/", headers: {} })).status).toBe(200);
  });

  it("of retry without jitter, or with null, takes the dialect's jitter", async () => {
    const made = await newEndpoint(workspace, { retry: { delays: [1] } });
    expect(made.retry).toEqual({ delays: [1], jitter: 0.1 });
    const chosen = await patch(made.id, { retry: { delays: [2], jitter: 0 } });
    expect(chosen.body.retry).toEqual({ delays: [2], jitter: 0 });
    const { body } = await patch(made.id, { retry: { delays: [3], jitter: null } });
    expect(body.retry).toEqual({ delays: [3], jitter: 0.1 });
    const atlas = await newEndpoint(workspace, { dialect: "atlas", retry: { delays: [1] } });
    expect(atlas.retry).toEqual({ delays: [1], jitter: 0 });
  });

  it("keeps a header whose name comes back in another case", async () => {
    const made = await newEndpoint(workspace, { headers: { "X-Api-Key": "very-secret", "X-B": "b" } });
    const { status, body } = await patch(made.id, { headers: { "x-API-key": "***" } });
    expect([status, body.headers]).toEqual([200, { "x-API-key": "***" }]);
  });
});
