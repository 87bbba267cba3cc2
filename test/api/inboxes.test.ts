import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { dialectNamed } from "../../src/dialects/index.ts";
import { Inbox } from "../../src/inbox/inbox.ts";
import { forgetInbox } from "../../src/inboxes/known-inboxes.ts";
import { platform } from "../../src/platform.ts";
import { ringUnanswered } from "../d1/silent-database.ts";
import { senderTo } from "../inboxes/sender.ts";
import { answerTo, badFields, call, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const { make, send, received } = senderTo(() => workspace);

describe("an inbox", () => {
  it("shows what it receives, by any method and at any path, newest first, credentials masked", async () => {
    const { id, path, body } = await make({ name: "mine" });
    expect(body).toMatchObject({ name: "mine", dialect: null, answers: [{ status: 200, delay: 0 }] });
    await send(`${path}/orders?x=1`, {
      method: "PUT",
      body: '{"n": 12345678901234567890}',
      headers: { "Content-Type": "application/json", Authorization: "Bearer hidden", "X-Own": "a" },
    });
    await send(path, { method: "POST", body: new Uint8Array([0xff, 0x00]) });
    await send(path);
    const { data } = await received(id);
    expect(
      data.map((one: { number: number; method: string; path: string }) => [one.number, one.method, one.path]),
    ).toEqual([
      [3, "GET", ""],
      [2, "POST", ""],
      [1, "PUT", "/orders?x=1"],
    ]);
    expect(data[2]).toMatchObject({
      body: '{"n": 12345678901234567890}',
      encoding: "utf8",
      headers: { authorization: "***", "x-own": "a" },
      signature: { verdict: "no_secret", dialect: null, endpoint_id: null },
    });
    expect(data[1]).toMatchObject({ body: "/wA=", encoding: "base64", truncated: false });
    const page = await received(id, "?limit=2");
    expect((await received(id, `?limit=2&cursor=${page.next_cursor}`)).data).toHaveLength(1);
    expect((await call("GET", `/v1/inboxes/${id}`, { key: workspace.key })).body.requests).toBe(3);
  });

  it("answers by its script, the last of it from then on, as nothing that a browser would run", async () => {
    const last = { status: 201, headers: { "Retry-After": "7", "X-Own": "b" }, body: "done" };
    const { id, path } = await make({ answers: [500, { status: 204 }, last] });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await send(path, { method: "POST" })).status);
    expect(statuses).toEqual([500, 204, 201, 201]);
    const answer = await send(path);
    expect([answer.text, answer.headers.get("retry-after"), answer.headers.get("x-own")]).toEqual([
      "done",
      "7",
      "b",
    ]);
    expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    expect((await received(id)).data).toHaveLength(5);
  });

  it("begins other answers with their first, keeps them where only its name changes, and clears a secret", async () => {
    const secret = dialectNamed("standard")?.secret.generate(platform);
    const { id, path } = await make({ answers: [500, 200], secret });
    const change = (body: object) => call("PATCH", `/v1/inboxes/${id}`, { key: workspace.key, body });
    const answered = async () => (await send(path)).status;
    expect([await answered(), await answered()]).toEqual([500, 200]);
    expect((await change({ name: "other" })).body).toMatchObject({ name: "other", dialect: "standard" });
    expect(await answered()).toBe(200);
    const changed = await change({ answers: [{ status: 429, headers: { "Retry-After": "1" } }, 202] });
    expect(changed.body.answers.map((one: { status: number }) => one.status)).toEqual([429, 202]);
    expect([await answered(), await answered(), await answered()]).toEqual([429, 202, 202]);
    expect((await received(id)).data[0].signature.verdict).toBe("header_missing");
    expect((await change({ secret: null })).body.dialect).toBeNull();
    await send(path);
    expect((await received(id)).data[0].signature.verdict).toBe("no_secret");
    expect(badFields(await change({ dialect: "standard" }))).toEqual(["secret"]);
  });

  it("takes its time where it is told to", async () => {
    const { path } = await make({ answers: [{ delay: 0.3 }] });
    const startedAt = performance.now();
    await send(path);
    expect(performance.now() - startedAt).toBeGreaterThan(250);
  });

  it("keeps the first MiB of a body, and answers what is larger with 413", async () => {
    const { id, path } = await make();
    expect((await send(path, { method: "POST", body: "x".repeat(1024 * 1024) })).status).toBe(200);
    expect((await send(path, { method: "POST", body: "x".repeat(1024 * 1024 + 1) })).status).toBe(413);
    const { data } = await received(id);
    expect(data.map((one: { body: string; truncated: boolean }) => [one.body.length, one.truncated])).toEqual(
      [
        [1024 * 1024, true],
        [1024 * 1024, false],
      ],
    );
  });

  it("keeps the newest 200, for a day", async () => {
    const { id, path, body } = await make();
    const stub = env.INBOX.getByName(path.split("/")[2] ?? "");
    const signature = { verdict: "no_secret", dialect: null, endpointId: null } as const;
    const empty = { headers: {}, body: new Uint8Array(), isTruncated: false, signature };
    const request = { method: "POST", path: "", ...empty };
    const dayAgo = Date.now() - 24 * 3600_000;
    for (let n = 0; n < 205; n++)
      await stub.receive({ ...request, at: n < 203 ? dayAgo + 60_000 : Date.now() }, 1);
    const { data } = await received(id, "?limit=200");
    expect([data.length, data.at(-1).number]).toEqual([200, 6]);
    await runInDurableObject(stub, (_instance, { storage }) => {
      storage.sql.exec("UPDATE requests SET at = ? WHERE number <= 203", dayAgo - 1);
    });
    expect((await received(id)).data.map((one: { number: number }) => one.number)).toEqual([205, 204]);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await runInDurableObject(stub, async (_instance, { storage }) => {
      expect(storage.sql.exec("SELECT count(*) AS n FROM requests").one().n).toBe(2);
      expect(await storage.getAlarm()).toBeGreaterThan(Date.now() + 23 * 3600_000);
    });
    expect(body.id).toBe(id);
  });

  it("is gone with what it held when it is deleted", async () => {
    const { id, path } = await make();
    await send(path, { method: "POST", body: "x" });
    expect((await call("DELETE", `/v1/inboxes/${id}`, { key: workspace.key })).status).toBe(204);
    expect((await send(path)).status).toBe(404);
    expect((await call("GET", `/v1/inboxes/${id}`, { key: workspace.key })).status).toBe(404);
    forgetInbox(path.split("/")[2] ?? "");
    expect((await send(path)).status).toBe(404);
  });
});

it("sends what nobody of ours made to no object and no database", async () => {
  const nothing = new Proxy({}, { get: () => () => Promise.reject(new Error("not called")) }) as never;
  const valid = (await make()).path.split("/")[2] ?? "";
  for (const token of [
    "x",
    "a".repeat(44),
    `${valid.slice(0, -1)}${valid.endsWith("A") ? "B" : "A"}`,
    `${valid}x`,
  ]) {
    const answer = await answerTo(new Request(`https://atlas.test/in/${token}`), {
      DB: nothing,
      INBOX: nothing,
    });
    expect(answer.status, token).toBe(404);
  }
});

it("bounds how often one inbox is called", async () => {
  const { path } = await make();
  const answers = await Promise.all(Array.from({ length: 80 }, () => send(path)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(10);
  expect(refused[0]?.headers.get("retry-after")).toBe("1");
});

it("belongs to the sessions of one customer", async () => {
  const session = async (customer: string, read_only = false) =>
    (
      await call("POST", "/v1/portal-sessions", {
        key: workspace.key,
        body: { metadata: { customer }, read_only },
      })
    ).body.token;
  const mine = await session("acme");
  const made = await call("POST", "/v1/inboxes", { key: mine, body: {} });
  const path = `/v1/inboxes/${made.body.id}`;
  expect((await call("GET", path, { key: await session("acme", true) })).status).toBe(200);
  expect((await call("GET", path, { key: workspace.key })).status).toBe(200);
  const theirs = await session("globex");
  for (const [method, at] of [
    ["GET", path],
    ["GET", `${path}/requests`],
    ["DELETE", path],
  ] as const)
    expect((await call(method, at, { key: theirs })).status).toBe(404);
  expect((await call("GET", "/v1/inboxes", { key: theirs })).body.data).toEqual([]);
  expect((await call("GET", "/v1/inboxes", { key: mine })).body.data).toHaveLength(1);
});

it.each([
  [{ answers: [] }, ["answers"]],
  [{ answers: [99] }, ["answers[0]"]],
  [{ answers: [{ headers: { "Content-Type": "text/html" } }] }, ["answers[0]"]],
  [{ answers: [{ headers: { Location: "https://elsewhere.example" } }] }, ["answers[0]"]],
  [{ answers: [{ headers: { "X-Accel-Redirect": "/etc/passwd" } }] }, ["answers[0]"]],
  [{ answers: [{ headers: { "X-Sendfile": "/etc/passwd" } }] }, ["answers[0]"]],
  [{ answers: [{ headers: { "Set-Cookie": "a=b" } }] }, ["answers[0]"]],
  [{ answers: [{ headers: { "X-A": "b\r\nSet-Cookie: c" } }] }, ["answers[0]"]],
  [{ answers: [{ delay: 31 }] }, ["answers[0]"]],
  [{ dialect: "none" }, ["dialect"]],
  [{ dialect: "standard" }, ["secret"]],
  [{ secret: "short" }, ["secret"]],
  [{ name: "", other: 1 }, ["name", "other"]],
])("refuses %j", async (body, paths) => {
  const answer = await call("POST", "/v1/inboxes", { key: workspace.key, body });
  expect([answer.status, badFields(answer).map((path) => path.split(".")[0])]).toEqual([422, paths]);
});

it("refuses answers that take more than 64 KiB together", async () => {
  const answers = Array(5).fill({ body: "x".repeat(15_000) });
  const refused = await call("POST", "/v1/inboxes", { key: workspace.key, body: { answers } });
  expect([refused.status, badFields(refused)]).toEqual([422, ["answers"]]);
  await make({ answers: answers.slice(1) });
});

it("is refused to no neighbour of a customer who has made all that it may", async () => {
  const { body } = await call("POST", "/v1/portal-sessions", {
    key: workspace.key,
    body: { metadata: { customer: "greedy" } },
  });
  const statuses = [];
  for (let n = 0; n < 11; n++)
    statuses.push((await call("POST", "/v1/inboxes", { key: body.token, body: {} })).status);
  expect(statuses).toEqual([...Array(10).fill(201), 409]);
  await make();
});

it("is made once by requests with one Idempotency-Key", async () => {
  const headers = { "Idempotency-Key": "one" };
  const once = await call("POST", "/v1/inboxes", { key: workspace.key, body: {}, headers });
  const again = await call("POST", "/v1/inboxes", { key: workspace.key, body: {}, headers });
  expect(again.body.url).toBe(once.body.url);
});

it("erases itself where it received something after it was deleted", async () => {
  const { id, path } = await make();
  const stub = env.INBOX.getByName(path.split("/")[2] ?? "");
  await call("DELETE", `/v1/inboxes/${id}`, { key: workspace.key });
  const signature = { verdict: "no_secret", dialect: null, endpointId: null } as const;
  const received = { headers: {}, body: new Uint8Array(), isTruncated: false, signature };
  await env.INBOX.getByName(path.split("/")[2] ?? "").receive(
    { method: "POST", path: "", at: Date.now() - 25 * 3600_000, ...received },
    1,
  );
  expect(await runDurableObjectAlarm(stub)).toBe(true);
  await runInDurableObject(stub, async (_instance, { storage }) => {
    expect(await storage.getAlarm()).toBeNull();
    expect(storage.sql.exec("SELECT count(*) AS n FROM sqlite_master WHERE name = 'requests'").one().n).toBe(
      0,
    );
  });
});

it("comes back where D1 never answers whether it was deleted", async () => {
  const { path } = await make();
  await runInDurableObject(env.INBOX.getByName(path.split("/")[2] ?? ""), async (_instance, ctx) => {
    await ringUnanswered((silent) => new Inbox(ctx, silent));
    expect(await ctx.storage.getAlarm()).toBeGreaterThan(Date.now());
  });
});

it("is one of fifty at the most", async () => {
  workspace = await newWorkspace();
  for (let n = 0; n < 50; n++) await make();
  const refused = await call("POST", "/v1/inboxes", { key: workspace.key });
  expect([refused.status, refused.body.code]).toEqual([409, "limit_reached"]);
});
