import { beforeAll, describe, expect, it, vi } from "vitest";
import { app } from "../../src/api/app.ts";
import { TAGS } from "../../src/api/tags.ts";
import { ROLE_NAMES, type Role } from "../../src/domain/roles.ts";
import { forgetKeys } from "../../src/http/auth.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import {
  type Answer,
  call,
  newEndpoint,
  newKey,
  newWorkspace,
  OPERATOR,
  type Workspace,
} from "../api/client.ts";

/*
 * Every route × every key, as the table of roles in docs/api.md has it. The routes are those of the OpenAPI
 * document, so a new one fails here until it has its row.
 */

const readers: Role[] = ["admin", "reader", "portal"];
const writers: Role[] = ["admin", "portal"];
const admin: Role[] = ["admin"];
const workbench: Role[] = ["admin", "workbench"];

/** Who may use a route: nobody needs a key, who has a signed link, the operator alone, or these roles. */
type Access = "everyone" | "a link" | "operator" | Role[];

interface Row {
  access: Access;
  body?: object;
  query?: string;
  /** Beside `{workspace}`, `{event}`, …, which are the other workspace's: what belongs to none. */
  ofNobody?: true;
  /** What who is let in is told of a request that lacks what no role gives. */
  lacking?: number;
}

const event = { type: "deal.created", data: {} };
const voice = { hookUrl: "https://x.example/hook", campaignId: "c", triggerName: "call_started" };
const eventType = { category: "x", description: "x", sample: {} };

const ROUTES: Record<string, Row> = {
  "GET /health": { access: "everyone" },
  "GET /metrics": { access: "operator" },
  "POST /v1/workspaces": { access: "operator", body: { name: "x" } },
  "GET /v1/workspaces": { access: "operator" },
  "GET /v1/workspaces/{workspace}": { access: "operator" },
  "POST /v1/workspaces/{workspace}/keys": { access: "operator", body: { name: "x", role: "reader" } },
  "PATCH /v1/workspaces/{workspace}": { access: "operator", body: {} },
  "DELETE /v1/workspaces/{workspace}": { access: "operator" },
  "GET /v1/workspace": { access: admin, ofNobody: true },
  "PATCH /v1/workspace": { access: admin, body: {}, ofNobody: true },
  "POST /v1/keys": { access: admin, body: { name: "x", role: "reader" }, ofNobody: true },
  "GET /v1/keys/current": { access: [...ROLE_NAMES], ofNobody: true },
  "GET /v1/keys": { access: admin, ofNobody: true },
  "DELETE /v1/keys/{key}": { access: admin },
  "POST /v1/portal-sessions": { access: admin, body: {}, ofNobody: true },
  "GET /v1/audit": { access: admin, ofNobody: true },
  "POST /v1/events": { access: ["admin", "publisher"], body: event, ofNobody: true },
  "POST /v1/events/batch": { access: ["admin", "publisher"], body: { events: [event] }, ofNobody: true },
  "GET /v1/events": { access: ["admin", "publisher", "reader"], ofNobody: true },
  "POST /v1/events/preview": { access: ["admin", "publisher", "reader"], body: {}, ofNobody: true },
  "POST /v1/events/search": { access: ["admin", "publisher", "reader"], body: {}, ofNobody: true },
  "GET /v1/events/{event}": { access: ["admin", "publisher", "reader"] },
  "GET /v1/events/{event}/deliveries": { access: readers },
  "GET /v1/events/{event}/explain": { access: readers },
  "POST /v1/events/explain": { access: readers, body: { event }, ofNobody: true },
  "POST /v1/events/{event}/replay": { access: writers, body: {} },
  "GET /v1/deliveries": { access: readers, ofNobody: true },
  "GET /v1/stats": { access: readers, ofNobody: true },
  "POST /v1/replays": { access: writers, body: { status: "dead" }, ofNobody: true },
  "GET /v1/replays": { access: readers, ofNobody: true },
  "GET /v1/replays/{replays}": { access: readers },
  "GET /v1/replays/{replays}/jobs": { access: readers },
  "DELETE /v1/replays/{replays}": { access: writers },
  "POST /v1/endpoints": { access: writers, body: { url: "https://x.example/" }, ofNobody: true },
  "POST /v1/endpoints/preview": { access: readers, body: { event }, ofNobody: true },
  "GET /v1/endpoints": { access: readers, ofNobody: true },
  "GET /v1/endpoints/{endpoint}": { access: readers },
  "PATCH /v1/endpoints/{endpoint}": { access: writers, body: {} },
  "DELETE /v1/endpoints/{endpoint}": { access: writers },
  "GET /v1/endpoints/{endpoint}/secret": { access: writers },
  "GET /v1/endpoints/{endpoint}/versions": { access: readers },
  "GET /v1/endpoints/{endpoint}/versions/{version}": { access: readers },
  "POST /v1/endpoints/{endpoint}/versions/{version}/restore": { access: writers, body: {} },
  "POST /v1/endpoints/{endpoint}/secret/rotate": { access: writers, body: {} },
  "POST /v1/endpoints/{endpoint}/test": { access: writers, body: {} },
  "GET /v1/endpoints/{endpoint}/stats": { access: readers },
  "GET /v1/endpoints/{endpoint}/queue": { access: readers },
  "GET /v1/endpoints/{endpoint}/deliveries": { access: readers },
  "GET /v1/endpoints/{endpoint}/deliveries/{delivery}": { access: readers },
  "GET /v1/endpoints/{endpoint}/deliveries/{delivery}/request": { access: readers },
  "POST /v1/endpoints/{endpoint}/deliveries/{delivery}/retry": { access: writers },
  "POST /v1/endpoints/{endpoint}/deliveries/{delivery}/cancel": { access: writers },
  "POST /v1/endpoints/{endpoint}/deliveries/{delivery}/replay": { access: writers },
  "POST /v1/endpoints/{endpoint}/retry": { access: writers },
  "POST /v1/endpoints/{endpoint}/cancel": { access: writers, body: {} },
  "GET /v1/endpoints/{endpoint}/sweeps/{sweep}": { access: readers },
  "POST /v1/endpoints/{endpoint}/replays": { access: writers, body: {} },
  "GET /v1/endpoints/{endpoint}/replays": { access: readers },
  "GET /v1/endpoints/{endpoint}/replays/{replay}": { access: readers },
  "DELETE /v1/endpoints/{endpoint}/replays/{replay}": { access: writers },
  "GET /v1/tail": { access: readers, ofNobody: true, lacking: 426 },
  "POST /v1/tail/tickets": { access: readers, ofNobody: true },
  "GET /v1/listen": { access: ["admin"], ofNobody: true, lacking: 422 },
  "GET /v1/endpoints/{endpoint}/pull": { access: writers },
  "POST /v1/endpoints/{endpoint}/pull/ack": { access: writers, body: { ack: "ack_0" } },
  "POST /v1/inboxes": { access: writers, body: {}, ofNobody: true },
  "GET /v1/inboxes": { access: readers, ofNobody: true },
  "GET /v1/inboxes/{inbox}": { access: readers },
  "GET /v1/inboxes/{inbox}/requests": { access: readers },
  "PATCH /v1/inboxes/{inbox}": { access: writers, body: {} },
  "DELETE /v1/inboxes/{inbox}": { access: writers },
  "GET /v1/event-types": { access: readers, ofNobody: true },
  "POST /v1/event-types": { access: admin, body: { type: "x.y", ...eventType }, ofNobody: true },
  "GET /v1/event-types/{type}": { access: readers },
  "DELETE /v1/event-types/{type}": { access: admin },
  "GET /v1/event-types/{type}/sample": { access: readers },
  // Last of these: types are named by the workspace itself, so it may make one of the same name.
  "PUT /v1/event-types/{type}": { access: admin, body: eventType, ofNobody: true },
  "POST /compat/voice/events-gateway/trigger/subscribe": { access: admin, body: voice, ofNobody: true },
  "DELETE /compat/voice/events-gateway/trigger/unsubscribe": { access: admin, body: voice, ofNobody: true },
  "GET /compat/voice/events-gateway/trigger/list": { access: admin, query: "?campaignId=c", ofNobody: true },
  "GET /compat/voice/events-gateway/trigger/sample": {
    access: admin,
    query: "?campaignId=c&triggerName=call_started",
    ofNobody: true,
  },
  "POST /compat/atomic/v1/{workspace}/webhook": { access: workbench, body: { url: "https://x.example/" } },
  "GET /compat/atomic/v1/{workspace}/webhook": { access: workbench },
  "POST /compat/atomic/v1/{workspace}/webhook/{endpoint}/test": { access: workbench },
  "DELETE /compat/atomic/v1/{workspace}/webhook/{endpoint}": { access: workbench },
  "GET /compat/atomic/v1/{workspace}/analytics/batched": { access: workbench, query: "?from=x&to=x" },
  // By a signed link, which is all that it needs.
  "GET /compat/atomic/v1/{workspace}/analytics/files/{file}": { access: "a link" },
};

/** What `{id}` stands for, by the part of the path before it. */
const ID_OF: Record<string, string> = {
  workspaces: "workspace",
  keys: "key",
  events: "event",
  endpoints: "endpoint",
  inboxes: "inbox",
  deliveries: "delivery",
  replays: "replay",
  sweeps: "sweep",
  versions: "version",
  "event-types": "type",
  // In the Atomic API an environment is a workspace, and a webhook an endpoint.
  v1: "workspace",
  webhook: "endpoint",
  files: "file",
};

/** `GET /v1/endpoints/{endpoint}` for each route of the document. */
const described = Object.entries<object>(openApiDocument(app, TAGS).paths ?? {}).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => {
    const named = path
      .replace("/v1/replays/{replay_id}", "/v1/replays/{replays}")
      .replaceAll(/([\w-]+)\/\{(?!replays)\w+\}/g, (_whole, part: string) => `${part}/{${ID_OF[part]}}`);
    return `${method.toUpperCase()} ${named}`;
  }),
);

let mine: Workspace;
let theirs: Workspace;
let ids: Record<string, string>;
/** A key for each case of `holders`. */
let keys: Record<string, string | undefined>;

const holders = ["no key", "a wrong key", "an expired key", "ADMIN_TOKEN", ...ROLE_NAMES] as const;

beforeAll(async () => {
  mine = await newWorkspace();
  theirs = await newWorkspace();
  ids = await thingsOf(theirs);
  const expires_at = new Date(Date.now() + 1000).toISOString();
  const body = { name: "soon", role: "admin", expires_at };
  const expired = (await call("POST", "/v1/keys", { key: mine.key, body })).body.key;
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 2000);
  keys = { "a wrong key": `ak_${"x".repeat(32)}`, "an expired key": expired, ADMIN_TOKEN: OPERATOR };
  for (const role of ROLE_NAMES) keys[role] = await newKey(mine, role);
  forgetKeys();
  return () => vi.useRealTimers();
});

/** One of each thing, in the other workspace. */
async function thingsOf(workspace: Workspace): Promise<Record<string, string>> {
  const { key } = workspace;
  const endpoint = await newEndpoint(workspace, { status: "paused", description: "theirs alone" });
  const published = await call("POST", "/v1/events", { key, body: { type: "theirs.alone", data: {} } });
  const replay = { key, body: { endpoint_ids: [endpoint.id] } };
  const { body } = await call("POST", `/v1/events/${published.body.id}/replay`, replay);
  const job = await call("POST", `/v1/endpoints/${endpoint.id}/replays`, { key, body: { status: "missed" } });
  const replays = await call("POST", "/v1/replays", { key, body: { status: "dead", dry_run: true } });
  const sweep = await call("POST", `/v1/endpoints/${endpoint.id}/cancel`, { key, body: { types: ["none"] } });
  const inbox = await call("POST", "/v1/inboxes", { key, body: { name: "theirs alone" } });
  const type = { type: "theirs.alone", category: "theirs", description: "theirs alone", sample: {} };
  await call("POST", "/v1/event-types", { key, body: type });
  const listed = await call("GET", "/v1/keys", { key });
  return {
    workspace: workspace.id,
    key: listed.body.data[0].id,
    event: published.body.id,
    endpoint: endpoint.id,
    delivery: body.deliveries[0].id,
    replay: job.body.id,
    sweep: sweep.body.id,
    inbox: inbox.body.id,
    replays: replays.body.id,
    type: "theirs.alone",
  };
}

/** A request to a route, its ids those of the other workspace. */
function request(route: string, row: Row, key: string | undefined): Promise<Answer> {
  const [method = "", pattern = ""] = route.split(" ");
  const path = pattern.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => ids[name] ?? "none");
  return call(method, path + (row.query ?? ""), { key, body: row.body });
}

/** The status that the table promises; null = it is let in. */
function refusal(holder: string, access: Access): 401 | 403 | null {
  if (access === "everyone") return null;
  if (access === "a link") return 403;
  if (["no key", "a wrong key", "an expired key"].includes(holder)) return 401;
  if (holder === "ADMIN_TOKEN") return access === "operator" ? null : 401;
  if (access === "operator") return 403;
  return access.includes(holder as Role) ? null : 403;
}

it("each route of the OpenAPI document has its row, and each row its route", () => {
  expect(described.toSorted()).toEqual(Object.keys(ROUTES).toSorted());
});

// Deleting a workspace is the operator's: it is asked last.
const asked = Object.entries(ROUTES).toSorted(
  ([a], [b]) =>
    Number(a === "DELETE /v1/workspaces/{workspace}") - Number(b === "DELETE /v1/workspaces/{workspace}"),
);

describe.each(asked)("%s", (route, row) => {
  it.each(holders)("%s", async (holder) => {
    const answer = await request(route, row, keys[holder]);
    const refused = refusal(holder, row.access);
    if (refused !== null) {
      expect(answer.status).toBe(refused);
      const forbidden = row.access === "a link" ? "link_invalid" : "forbidden";
      expect(answer.body.code).toBe(refused === 401 ? "unauthorized" : forbidden);
      return;
    }
    if (Array.isArray(row.access) && !row.ofNobody) expect(answer.status).toBe(404);
    else if (row.lacking !== undefined) expect(answer.status).toBe(row.lacking);
    else expect(answer.status).toBeLessThan(300);
    // Whatever is let in sees nothing of the other workspace; the paths that were asked for are in the 404's detail.
    if (Array.isArray(row.access) && answer.status < 300) {
      const { type: _named, ...made } = ids;
      for (const secret of [...Object.values(made), "theirs alone"])
        expect(answer.text).not.toContain(secret);
    }
  });
});
