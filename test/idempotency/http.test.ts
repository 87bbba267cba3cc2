import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { findAnswer, pruneAnswers } from "../../src/d1/answers.ts";
import {
  badFields,
  call,
  newEndpoint,
  newWorkspace,
  OPERATOR,
  unreachable,
  type Workspace,
} from "../api/client.ts";

const HOUR_MS = 3_600_000;

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

afterEach(() => {
  vi.useRealTimers();
});

const post = (path: string, key: string, body?: unknown, more: Parameters<typeof call>[2] = {}) =>
  call("POST", path, { key: workspace.key, body, ...more, headers: { "idempotency-key": key } });
const replayed = (answer: { headers: Headers }) => answer.headers.get("idempotency-replayed");

/** How many there are of what a request makes. */
const count = async (path: string) =>
  (await call("GET", `${path}?limit=200`, { key: workspace.key })).body.data.length;

describe.each([
  ["a key", "/v1/keys", { name: "k", role: "reader" }, { name: "other", role: "reader" }],
  ["a portal session", "/v1/portal-sessions", { expires_in: 60 }, { expires_in: 61 }],
  ["an endpoint", "/v1/endpoints", { url: "https://a.example/" }, { url: "https://b.example/" }],
  ["an event", "/v1/events", { type: "a.b", data: { n: 1 } }, { type: "a.b", data: { n: 2 } }],
  [
    "a batch",
    "/v1/events/batch",
    { events: [{ type: "a.b", data: {} }] },
    { events: [{ type: "a.c", data: {} }] },
  ],
])("an Idempotency-Key: %s", (what, path, body, other) => {
  const key = (name: string) => `${what} ${name}`.replaceAll(" ", "-");

  it("gives the first answer again, and says so", async () => {
    const first = await post(path, key("again"), body);
    expect(first.status).toBeLessThan(300);
    expect(replayed(first)).toBeNull();
    const second = await post(path, key("again"), body);
    expect([second.status, second.text, replayed(second)]).toEqual([first.status, first.text, "true"]);
  });

  it("is refused with another body", async () => {
    await post(path, key("other"), body);
    const answer = await post(path, key("other"), other);
    expect([answer.status, answer.body.code]).toEqual([409, "idempotency_conflict"]);
  });

  it("does once what two simultaneous requests ask for", async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(path, key("both"), body)));
    const good = answers.filter((answer) => answer.status < 300);
    const waiting = answers.filter((answer) => answer.body.code === "in_progress");
    expect(good.length + waiting.length).toBe(5);
    expect(new Set(good.map((answer) => answer.text)).size).toBe(1);
    for (const answer of waiting) {
      expect(answer.status).toBe(409);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    }
    expect((await post(path, key("both"), body)).text).toBe(good[0]?.text);
  });

  it("does not keep a mistake", async () => {
    expect((await post(path, key("mended"), { nonsense: true })).status).toBe(422);
    const mended = await post(path, key("mended"), body);
    expect(mended.status).toBeLessThan(300);
    expect(replayed(mended)).toBeNull();
  });
});

describe("an Idempotency-Key", () => {
  it("counts for 24 hours", async () => {
    const body = { name: "k", role: "reader" };
    const first = await post("/v1/keys", "old", body);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 24 * HOUR_MS - 60_000);
    expect(replayed(await post("/v1/keys", "old", body))).toBe("true");
    vi.setSystemTime(Date.now() + 61_000);
    const later = await post("/v1/keys", "old", body);
    expect([later.status, replayed(later)]).toEqual([201, null]);
    expect(later.text).not.toBe(first.text);
  });

  it("belongs to its workspace and to its route", async () => {
    const other = await newWorkspace();
    const body = { name: "k", role: "reader" };
    const mine = await post("/v1/keys", "shared", body);
    const headers = { "idempotency-key": "shared" };
    const theirs = await call("POST", "/v1/keys", { key: other.key, body, headers });
    expect([theirs.status, replayed(theirs)]).toEqual([201, null]);
    expect(theirs.body.id).not.toBe(mine.body.id);
    const elsewhere = await post("/v1/portal-sessions", "shared", {});
    expect([elsewhere.status, replayed(elsewhere)]).toEqual([201, null]);
  });

  it("makes one of what is repeated", async () => {
    const before = await count("/v1/keys");
    for (let i = 0; i < 3; i++) await post("/v1/keys", "three times", { name: "k", role: "reader" });
    expect(await count("/v1/keys")).toBe(before);
    for (let i = 0; i < 3; i++) await post("/v1/keys", "three-times", { name: "k", role: "reader" });
    expect(await count("/v1/keys")).toBe(before + 1);
  });

  it("has 1 to 255 visible characters", async () => {
    for (const key of ["two words", "x".repeat(256), "ü"]) {
      expect(badFields(await post("/v1/keys", key, { name: "k", role: "reader" }))).toEqual([
        "Idempotency-Key",
      ]);
    }
    expect((await post("/v1/keys", "x".repeat(255), { name: "k", role: "reader" })).status).toBe(201);
  });

  it("means nothing to a request that is no POST", async () => {
    const headers = { "idempotency-key": "patched" };
    for (const name of ["one", "two"]) {
      const answer = await call("PATCH", "/v1/workspace", { key: workspace.key, body: { name }, headers });
      expect(answer.body.name).toBe(name);
    }
  });

  it("works for the operator too", async () => {
    const make = () =>
      call("POST", "/v1/workspaces", {
        key: OPERATOR,
        body: { name: "once" },
        headers: { "idempotency-key": "ws" },
      });
    const first = await make();
    expect((await make()).text).toBe(first.text);
  });

  it("keeps answers sealed: they hold keys", async () => {
    const { body } = await post("/v1/keys", "sealed", { name: "k", role: "reader" });
    const { results } = await env.DB.prepare("SELECT * FROM idempotent_answers").all();
    expect(results.length).toBeGreaterThan(0);
    expect(JSON.stringify(results)).not.toContain(body.key.slice(3));
  });

  it("keeps no answer of an endpoint that was taken back, so that to repeat makes it", async () => {
    const body = { url: "https://back.example/" };
    const failed = await post("/v1/endpoints", "taken-back", body, { env: { EVENT_LOG: unreachable() } });
    expect(failed.status).toBe(503);
    const again = await post("/v1/endpoints", "taken-back", body);
    expect([again.status, replayed(again)]).toEqual([201, null]);
    expect((await call("GET", `/v1/endpoints/${again.body.id}`, { key: workspace.key })).status).toBe(200);
  });

  it("rotates a secret once, and gives that answer only when the objects have it", async () => {
    const { id } = await newEndpoint(workspace);
    const path = `/v1/endpoints/${id}/secret/rotate`;
    const failed = await post(path, "rotated", {}, { env: { ENDPOINT: unreachable() } });
    expect(failed.status).toBe(503);
    const still = await post(path, "rotated", {}, { env: { ENDPOINT: unreachable() } });
    expect(still.status).toBe(503);
    const again = await post(path, "rotated", {});
    expect([again.status, replayed(again)]).toEqual([200, "true"]);
    const shown = await call("GET", `/v1/endpoints/${id}/secret`, { key: workspace.key });
    expect(shown.body.secret).toBe(again.body.secret);
    expect(shown.body.previous).toHaveLength(1);
  });

  it("lets the second of two batches of D1 fail as a whole, and gives it the first one's answer", async () => {
    // As from two isolates: each sees no answer, and both write.
    const body = { name: "raced", role: "reader" };
    const first = await post("/v1/keys", "raced", body);
    let asked = 0;
    const blind = new Proxy(env.DB, {
      get(db, name) {
        if (name !== "prepare")
          return typeof db[name as "batch"] === "function" ? db[name as "batch"].bind(db) : undefined;
        return (query: string) => {
          const isFirstLook =
            query.startsWith("select") && query.includes('"idempotent_answers"') && asked++ === 0;
          return db.prepare(isFirstLook ? query.replace("where", "where 0 and") : query);
        };
      },
    });
    const before = await count("/v1/keys");
    const second = await post("/v1/keys", "raced", body, { env: { DB: blind } });
    expect(asked).toBe(2);
    expect([second.text, replayed(second)]).toEqual([first.text, "true"]);
    expect(await count("/v1/keys")).toBe(before);
  });

  it("is pruned after 24 hours", async () => {
    await post("/v1/keys", "pruned", { name: "k", role: "reader" });
    const { id } = (await env.DB.prepare(
      "SELECT id FROM idempotent_answers ORDER BY created_at DESC LIMIT 1",
    ).first()) as { id: string };
    await pruneAnswers(env.DB, Date.now());
    expect(await findAnswer(env.DB, id, Date.now())).not.toBeNull();
    await pruneAnswers(env.DB, Date.now() + 50 * HOUR_MS);
    expect(await env.DB.prepare("SELECT count(*) AS n FROM idempotent_answers").first("n")).toBe(0);
  });
});

describe("an Idempotency-Key on what objects do", () => {
  beforeAll(async () => {
    workspace = await newWorkspace();
  });

  const publish = async () =>
    (await call("POST", "/v1/events", { key: workspace.key, body: { type: "re.play", data: {} } })).body.id;
  const deliveriesOf = async (eventId: string) =>
    (await call("GET", `/v1/events/${eventId}/deliveries`, { key: workspace.key })).body.data;

  it("replays an event once, to the endpoints of the first request", async () => {
    const { id } = await newEndpoint(workspace, { status: "paused", types: ["once.only"] });
    const event = await publish();
    const body = { endpoint_ids: [id] };
    const first = await post(`/v1/events/${event}/replay`, "replay", body);
    expect(first.status).toBe(202);
    const second = await post(`/v1/events/${event}/replay`, "replay", body);
    expect([second.text, replayed(second)]).toEqual([first.text, "true"]);
    expect(await deliveriesOf(event)).toHaveLength(1);
  });

  it("goes on where a crash ended a replay to several endpoints, and makes none of them twice", async () => {
    const made = await Promise.all(
      [1, 2].map(() => newEndpoint(workspace, { status: "paused", types: ["x"] })),
    );
    const event = await publish();
    const body = { endpoint_ids: made.map((endpoint) => endpoint.id) };
    const path = `/v1/events/${event}/replay`;
    // The first endpoint takes it, the second does not answer: as if the process had ended between.
    const half = {
      getByName: (name: string) =>
        name === made[1]?.id
          ? unreachable<typeof env.ENDPOINT>().getByName(name)
          : env.ENDPOINT.getByName(name),
    } as typeof env.ENDPOINT;
    expect((await post(path, "half", body, { env: { ENDPOINT: half } })).status).toBe(500);
    expect(await deliveriesOf(event)).toHaveLength(1);
    const again = await post(path, "half", body);
    expect(again.status).toBe(202);
    expect(again.body.deliveries.map((one: { endpoint_id: string }) => one.endpoint_id)).toEqual(
      body.endpoint_ids,
    );
    expect(await deliveriesOf(event)).toHaveLength(2);
  });

  it.each(["replay", "cancel"])("survives the loss of the answer's copy: %s", async (action) => {
    const { id } = await newEndpoint(workspace, { status: "paused", types: ["none"] });
    const event = await publish();
    const { body } = await call("POST", `/v1/events/${event}/replay`, {
      key: workspace.key,
      body: { endpoint_ids: [id] },
    });
    const path = `/v1/endpoints/${id}/deliveries/${body.deliveries[0].id}/${action}`;
    const first = await post(path, `lost-${action}`);
    expect(first.status).toBeLessThan(300);
    // As after a crash between the object's commit and D1's.
    await env.DB.prepare("DELETE FROM idempotent_answers").run();
    const second = await post(path, `lost-${action}`);
    expect([second.status, replayed(second)]).toEqual([first.status, "true"]);
    expect(second.body.id).toBe(first.body.id);
  });

  it("starts a replay job once", async () => {
    const { id } = await newEndpoint(workspace, { status: "paused" });
    const first = await post(`/v1/endpoints/${id}/replays`, "job", { status: "missed" });
    expect(first.status).toBe(202);
    await env.DB.prepare("DELETE FROM idempotent_answers").run();
    const second = await post(`/v1/endpoints/${id}/replays`, "job", { status: "missed" });
    expect([second.text, replayed(second)]).toEqual([first.text, "true"]);
    const jobs = await call("GET", `/v1/endpoints/${id}/replays`, { key: workspace.key });
    expect(jobs.body.data).toHaveLength(1);
  });
});
