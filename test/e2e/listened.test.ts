import { get } from "node:http";
import { expect, it } from "vitest";
import { Client, type Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { ListenClient } from "./listen-client.ts";
import { Receiver } from "./receiver.ts";
import { type RecordedAttempt, WithoutAddress } from "./without-address.ts";

const scene = WithoutAddress.set();

/** What the service answers to one who wants to listen; the socket is closed at once. */
function upgradeStatus({ url, key }: Client, endpointId: string): Promise<number> {
  const headers = {
    ...{ Authorization: `Bearer ${key}`, Connection: "Upgrade", Upgrade: "websocket" },
    ...{ "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" },
  };
  return new Promise((resolve, reject) => {
    const request = get(`${url}/v1/listen?endpoint_id=${endpointId}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.once("error", reject);
    request.once("upgrade", (_response, socket) => {
      socket.destroy();
      resolve(101);
    });
  });
}

it("keeps what comes while nobody listens, says so, counts no attempt, and delivers it in order to whoever comes", async () => {
  const { id, type } = await scene.create();
  const events = await scene.publish(type, 3);
  await eventually("waiting", async () => (await scene.queue(id)).wait?.why === "listener");
  const listener = await ListenClient.open(scene.service.client, id, () => ({ status: 200, body: "ok" }));
  await eventually("there", () => listener.requests.length === 3);
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  expect(listener.requests.map(({ event_id, attempt }) => [event_id, attempt])).toEqual(
    events.map((event) => [event, 1]),
  );
  const [attempt] = await scene.attemptsOf(id, events[0] as string);
  expect(attempt).toMatchObject({ number: 1, outcome: "success", duration_ms: 5 });
  expect(attempt?.response).toMatchObject({ status: 200, body: "ok" });
  expect(attempt?.request.headers["webhook-signature"]).toBe(
    listener.requests[0]?.headers["webhook-signature"],
  );
  listener.close();
});

it("records an app's answers and the lack of them as attempts, retries them by the policy, and replays", async () => {
  const { id, type } = await scene.create();
  const answers = [{ status: 503 }, { error: "connect" }, { status: 200, body: "x".repeat(20_000) }];
  const listener = await ListenClient.open(
    scene.service.client,
    id,
    () => answers.shift() ?? { status: 200 },
  );
  const [event = ""] = await scene.publish(type, 1);
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0 && answers.length === 0);
  const attempts = await scene.attemptsOf(id, event);
  expect(attempts.map(({ error, response }) => [error, response?.status])).toEqual([
    ["status", 503],
    ["connect", undefined],
    [null, 200],
  ]);
  expect(attempts[2]?.response).toMatchObject({ body: "x".repeat(16_384), truncated: true });
  await scene.service.client.request("POST", `/v1/events/${event}/replay`, { endpoint_ids: [id] });
  await eventually("replayed", () => listener.requests.length === 4);
  listener.close();
});

it("makes an attempt again that a cut connection left in doubt, uncounted, and nothing else twice", async () => {
  const { id, type } = await scene.create();
  const first = await ListenClient.open(scene.service.client, id, () => null);
  const [event = ""] = await scene.publish(type, 2);
  await eventually("under way", () => first.requests.length === 1);
  first.close();
  await eventually("waiting", async () => (await scene.queue(id)).wait?.why === "listener");
  const second = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  await eventually("there", () => second.requests.length === 2);
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  expect(second.requests.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
    [1, 1],
    [2, 1],
  ]);
  expect(await scene.attemptsOf(id, event)).toHaveLength(1);
  second.close();
});

it("goes on after a kill of the service where it was, once its listener is back", async () => {
  const { id, type } = await scene.create();
  const first = await ListenClient.open(scene.service.client, id, ({ sequence }) =>
    sequence === 1 ? { status: 200 } : null,
  );
  await scene.publish(type, 3);
  await eventually("the second under way", () => first.requests.length === 2);
  await scene.service.kill9();
  await scene.service.restart();
  const second = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  // After a kill the third may yet have to be handed over.
  await eventually("the third there", () => second.requests.some(({ sequence }) => sequence === 3));
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  expect(second.requests.map(({ sequence, attempt }) => [sequence, attempt]).slice(-2)).toEqual([
    [2, 1],
    [3, 1],
  ]);
  second.close();
});

it("sends everything to all who listen, tells them of each other, and counts the first app's answer", async () => {
  const { id, type } = await scene.create();
  const first = await ListenClient.open(scene.service.client, id, () => ({ error: "connect" }));
  const second = await ListenClient.open(scene.service.client, id, () => null);
  expect(second.messages[0]).toMatchObject({ type: "hello", listeners: 2 });
  await eventually("told", () =>
    first.messages.some(({ type, listeners }) => type === "listeners" && listeners === 2),
  );
  expect((await scene.queue(id)).listeners).toBe(2);
  const [event = ""] = await scene.publish(type, 1);
  await eventually("both", () => first.requests.length === 1 && second.requests.length === 1);
  second.answer(second.requests[0]?.id ?? "", { status: 204 });
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  expect((await scene.attemptsOf(id, event)).map(({ response }) => response?.status)).toEqual([204]);
  second.close();
  await eventually("alone", () => first.messages.at(-1)?.listeners === 1);
  first.close();
});

it("ignores answers to what was not asked, cuts off who says something else, and fails an attempt answered wrongly", async () => {
  const { id, type } = await scene.create({ retry: { delays: [], jitter: 0 } });
  const hostile = await ListenClient.open(scene.service.client, id, () => null);
  hostile.answer(crypto.randomUUID(), { status: 200 });
  const [event = ""] = await scene.publish(type, 1);
  await eventually("under way", () => hostile.requests.length === 1);
  hostile.say({
    type: "answer",
    id: hostile.requests[0]?.id,
    status: 99,
    headers: {},
    body: "",
    duration_ms: 1,
  });
  await eventually("ended", async () => (await scene.queue(id)).depth === 0);
  expect((await scene.attemptsOf(id, event)).map(({ error }) => error)).toEqual(["invalid_answer"]);
  expect(hostile.closedWith).toBeNull();
  hostile.say(`{"type":"answer","id":"x","body":"${"a".repeat(300_000)}"}`);
  await eventually("cut off", () => hostile.closedWith === 4400);
});

it("cuts off who pings but answers nothing once 4 MiB are left unanswered, and goes on with whoever answers", async () => {
  const { id, type } = await scene.create({ timeout: 1, retry: { delays: Array(20).fill(0.1), jitter: 0 } });
  const deaf = await ListenClient.open(scene.service.client, id, () => null);
  const pings = setInterval(() => deaf.say("ping"), 200);
  await scene.service.client.publish({ type, data: { text: "a".repeat(1_000_000) } });
  await eventually("cut off", () => deaf.closedWith !== null);
  clearInterval(pings);
  expect([deaf.closedWith, deaf.requests.length]).toEqual([4408, 5]);
  const listener = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  listener.close();
});

it("does not cut off who answers late, however much that is", async () => {
  const { id, type } = await scene.create({ timeout: 1, retry: { delays: Array(5).fill(0.1), jitter: 0 } });
  const asked: string[] = [];
  const slow = await ListenClient.open(scene.service.client, id, ({ id: request }) => {
    // The time of a request is over before the next one comes: what is answered two later is late.
    const late = asked.push(request) > 2 ? asked.at(-3) : undefined;
    if (late !== undefined) slow.answer(late, { status: 200 });
    return null;
  });
  const pings = setInterval(() => slow.say("ping"), 200);
  await scene.service.client.publish({ type, data: { text: "a".repeat(1_000_000) } });
  await eventually("failed", async () => (await scene.queue(id)).depth === 0);
  clearInterval(pings);
  expect([slow.closedWith, slow.requests.length]).toEqual([null, 6]);
  slow.close();
});

it("pauses an endpoint whose last listener leaves, keeps what comes, and goes on with whoever listens again", async () => {
  const { id, type } = await scene.create();
  const first = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  const second = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  second.say({ type: "leave" });
  await eventually("left", () => second.messages.at(-1)?.type === "left");
  expect(second.messages.at(-1)?.paused).toBe(false);
  second.close();
  await eventually("alone", () => first.messages.at(-1)?.listeners === 1);
  first.say({ type: "leave" });
  await eventually("paused", () => first.messages.at(-1)?.paused === true);
  first.close();
  await eventually("told D1", async () => {
    const { status, status_reason } = await scene.service.client.get<Json>(`/v1/endpoints/${id}`);
    return status === "paused" && status_reason === "listener_left";
  });
  await scene.publish(type, 1);
  const again = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  await eventually("delivered", () => again.requests.length === 1);
  expect((await scene.service.client.get<Json>(`/v1/endpoints/${id}`)).status).toBe("enabled");
  again.close();
});

it("closes the sockets of a revoked key with 4401, of an endpoint that is deleted, or called from now on, with 4404", async () => {
  const { client } = scene.service;
  const [called, deleted, kept] = [await scene.create(), await scene.create(), await scene.create()];
  const { body: key } = await client.request<{ id: string; key: string }>("POST", "/v1/keys", {
    ...{ name: "a laptop", role: "admin" },
  });
  const listeners = [
    await ListenClient.open(client, called.id, () => ({ status: 200 })),
    await ListenClient.open(client, deleted.id, () => ({ status: 200 })),
    await ListenClient.open(new Client(client.url, key.key), kept.id, () => ({ status: 200 })),
    await ListenClient.open(client, kept.id, () => ({ status: 200 })),
  ];
  const settings = { transport: "http", url: "http://127.0.0.1:9/" };
  const answers = [
    await client.request("PATCH", `/v1/endpoints/${called.id}`, settings),
    await client.request("DELETE", `/v1/endpoints/${deleted.id}`),
    await client.request("DELETE", `/v1/keys/${key.id}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 204, 204]);
  const closed = () => listeners.map(({ closedWith }) => closedWith);
  await eventually("closed", () =>
    closed()
      .slice(0, 3)
      .every((code) => code !== null),
  );
  expect(closed()).toEqual([4404, 4404, 4401, null]);
  listeners[3]?.close();
});

it("lets a workspace have 50 sockets, tells the next one to close one first, and takes it then", async () => {
  const { body } = await scene.service.operator.request<{ key: string }>("POST", "/v1/workspaces", {
    name: "many sockets",
  });
  const client = new Client(scene.service.url, body.key);
  const { id } = await client.createEndpoint({ transport: "listen", types: ["many.sockets"] });
  const open = () => ListenClient.open(client, id, () => ({ status: 200 }));
  const listeners = await Promise.all(Array.from({ length: 50 }, open));
  expect(await upgradeStatus(client, id)).toBe(409);
  listeners[0]?.close();
  await eventually("room", async () => (await upgradeStatus(client, id)) === 101);
  for (const one of listeners) one.close();
});

it("cuts off who says leave twice", async () => {
  const { id } = await scene.create();
  const listener = await ListenClient.open(scene.service.client, id, () => ({ status: 200 }));
  listener.say({ type: "leave" });
  listener.say({ type: "leave" });
  await eventually("cut off", () => listener.closedWith === 4400);
});

it("renews an OAuth token within the attempt where the app behind the socket answers 401", async () => {
  let tokens = 0;
  const server = await Receiver.start(() => ({
    ...{ kind: "status", status: 200, headers: { "Content-Type": "application/json" } },
    body: JSON.stringify({ access_token: `token-${++tokens}`, token_type: "Bearer", expires_in: 3600 }),
  }));
  const auth = { type: "oauth2", token_url: server.url, client_id: "app", client_secret: "secret-1" };
  const { id, type } = await scene.create({ auth });
  const listener = await ListenClient.open(scene.service.client, id, ({ headers }) => ({
    status: headers.Authorization === "Bearer token-2" ? 200 : 401,
  }));
  const [event = ""] = await scene.publish(type, 1);
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  expect(listener.requests.map(({ headers, attempt }) => [headers.Authorization, attempt])).toEqual([
    ["Bearer token-1", 1],
    ["Bearer token-2", 1],
  ]);
  expect((await scene.attemptsOf(id, event)).map(({ response }) => response?.status)).toEqual([200]);
  listener.close();
  await server.stop();
});

it("tells a test event that nobody listens", async () => {
  const { id } = await scene.create();
  const test = await scene.service.client.request<RecordedAttempt>("POST", `/v1/endpoints/${id}/test`, {});
  expect(test.body).toMatchObject({ outcome: "failure", error: "connect" });
});

it("needs a URL only where it is called, and shows the one of an app without judging where it is", async () => {
  const { client } = scene.service;
  const asked = (settings: Json) =>
    client.request<{ id: string; url: string; errors: unknown }>("POST", "/v1/endpoints", settings);
  expect((await asked({})).body.errors).toEqual([{ path: "url", message: "is required" }]);
  expect((await asked({ transport: "fax" })).status).toBe(422);
  expect((await asked({ transport: "listen", url: "ftp://localhost" })).status).toBe(422);
  const { body: local } = await asked({ transport: "listen", url: "http://localhost:3000/hooks" });
  expect(local.url).toBe("http://localhost:3000/hooks");
  const { body: bare } = await asked({ transport: "listen" });
  expect(bare.url).toBe("listen:");
  const called = await client.request<{ errors: unknown }>("PATCH", `/v1/endpoints/${bare.id}`, {
    transport: "http",
  });
  expect(called.body.errors).toEqual([{ path: "url", message: expect.stringContaining("absolute URL") }]);
  const shown = await client.get(`/v1/endpoints/${bare.id}`);
  expect((await client.request("PATCH", `/v1/endpoints/${bare.id}`, shown)).status).toBe(200);
});
