import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/* What is done with a released version so that it stores something in each of its shapes. */

export type Json = Record<string, unknown>;

/** A request to the service with a key; throws where the answer is no success. */
export type Call = (
  key: string,
  method: string,
  path: string,
  body?: object,
  headers?: object,
) => Promise<Json>;

/** What the deeds are done to. */
export interface Place {
  call: Call;
  /** The origin of the service. */
  url: string;
  adminToken: string;
  /** A receiver: `/down` fails, all else answers. */
  to: string;
}

/** A receiver, for as long as `use` takes. */
export async function withReceiver<Result>(use: (to: string) => Promise<Result>): Promise<Result> {
  const receiver = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(request.url?.startsWith("/down") ? 500 : 200).end("answered");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}`);
  } finally {
    receiver.close();
  }
}

/** Uses what is stored in a shape of its own: every policy field, retries, missed events, jobs, rotation, keys. */
export async function work({ call, adminToken, to }: Place): Promise<Json> {
  const workspace = await call(adminToken, "POST", "/v1/workspaces", { name: "released" });
  const key = String(workspace.key);
  const endpoint = endpointsBy(call, key);
  const delivered = await endpoint({
    url: `${to}/ok`,
    dialect: "atlas",
    headers: { "X-Own": "kept" },
    auth: { type: "basic", username: "anna", password: "secret" },
    rate_limit: { per_second: 1000 },
    disable_after: { consecutive_failures: 50 },
  });
  const failing = await endpoint({
    url: `${to}/down`,
    serialize: true,
    retry: { delays: [3600, 3600], jitter: 0 },
  });
  const disabled = await endpoint({ url: `${to}/ok`, status: "disabled" });
  const paused = await endpoint({
    url: `${to}/ok`,
    status: "paused",
    filter: "deal.value > 10",
    stages: ["won"],
  });
  const events: unknown[] = [];
  for (const n of [1, 2, 3]) {
    const body = {
      type: "deal.created",
      data: { id: `deal_${n}`, value: 20, stage: "won" },
      tags: ["eu"],
      context: { region: "eu" },
    };
    events.push((await call(key, "POST", "/v1/events", body, { "Idempotency-Key": `event-${n}` })).id);
  }
  await until(async () => {
    const { data } = await call(key, "GET", `/v1/endpoints/${failing}/deliveries`);
    return (data as Json[]).some(({ attempt_count: count }) => count === 1);
  });
  await call(key, "POST", `/v1/endpoints/${delivered}/secret/rotate`);

  await call(key, "PATCH", `/v1/endpoints/${disabled}`, { status: "enabled" });
  const job = await call(key, "POST", `/v1/endpoints/${disabled}/replays`, {
    status: "missed",
    rate_per_second: 1,
  });
  await call(key, "POST", `/v1/endpoints/${failing}/retry`);
  // Beyond the ten seconds after which counts are stored.
  await seconds(11);
  await call(key, "POST", "/v1/events", { type: "deal.created", data: { id: "deal_4", value: 1 } });
  await seconds(3);
  return {
    key,
    workspace: workspace.id,
    events,
    endpoints: { delivered, failing, disabled, paused },
    job: job.id,
  };
}

/** Leaves at once what is stored for a while only: a replay job between two of its steps, a sweep, an outbox, a summary. */
export async function whatPasses({ call, adminToken, to }: Place): Promise<Json> {
  const key = String((await call(adminToken, "POST", "/v1/workspaces", { name: "passing" })).key);
  const endpoint = endpointsBy(call, key);
  const type = {
    category: "Orders",
    description: "An order",
    sample: { id: "order_1", lines: [{ sku: "a" }] },
  };
  await call(key, "PUT", "/v1/event-types/order.created", { ...type, schema: { type: "object" } });
  const replayed = await endpoint({ url: `${to}/ok`, status: "disabled" });
  const swept = await endpoint({ url: `${to}/ok`, status: "paused", metadata: { team: "sales" } });
  const paused = await endpoint({ url: `${to}/ok` });
  const event = { type: "deal.created", data: { id: "deal_1", value: 20 } };
  for (let n = 0; n < 5; n++)
    await call(key, "POST", "/v1/events/batch", { events: Array.from({ length: 1000 }, () => event) });
  // The summary is told a minute after there was something to tell.
  await seconds(80);
  await call(key, "PATCH", `/v1/endpoints/${paused}`, { status: "paused" });
  await call(key, "PATCH", `/v1/endpoints/${replayed}`, { status: "enabled" });
  const replay = { status: "missed", rate_per_second: 100 };
  await call(key, "POST", `/v1/endpoints/${replayed}/replays`, replay);
  await seconds(3);
  await call(key, "POST", `/v1/endpoints/${swept}/cancel`, {});
  return {};
}

/**
 * What 0.2.0 stores beside: a portal and its sessions, inboxes, replays over several endpoints, what a dry run found,
 * what was fetched and not acknowledged, that somebody watches, and what they were told.
 */
export async function newIn02({ call, url, adminToken, to }: Place): Promise<Json> {
  const key = String(
    (await call(adminToken, "POST", "/v1/workspaces", { name: "new", catalog: ["atlas"] })).key,
  );
  const endpoint = endpointsBy(call, key);
  await call(key, "PATCH", "/v1/workspace", { portal: { name: "Acme", accent: "#1d4ed8" } });
  const session = { metadata: { customer: "acme" }, read_only: false };
  const { token } = await call(key, "POST", "/v1/portal-sessions", session);
  const answers = [500, { status: 201, headers: { "X-Own": "b" }, body: "done", delay: 0.1 }];
  const inbox = await call(String(token), "POST", "/v1/inboxes", {
    ...{ name: "try out", answers, dialect: "standard" },
    secret: `whsec_${Buffer.alloc(32).toString("base64")}`,
  });
  await fetch(String(inbox.url).replace(/^https?:\/\/[^/]+/, url), { method: "POST", body: '{"n":1}' });

  const { ticket } = await call(key, "POST", "/v1/tail/tickets");
  const watching = new WebSocket(`${url.replace("http", "ws")}/v1/tail?ticket=${ticket}`);
  await new Promise((resolve) => watching.addEventListener("message", resolve, { once: true }));
  const pulling = await endpoint({ transport: "pull", success_statuses: [409] });
  const delivered = await endpoint({
    url: `${to}/ok`,
    dialect: "cloudevents",
    dialect_options: { mode: "binary" },
  });
  const failing = await endpoint({ url: `${to}/down`, retry: { delays: [3600], jitter: 0 } });
  await call(key, "PATCH", `/v1/endpoints/${delivered}`, { description: "changed" });
  for (const id of ["order 1", "order 2"])
    await call(key, "POST", "/v1/events", { type: "deal.created", id, data: { id: "deal_1" } });
  await until(async () => {
    const { data } = await call(key, "GET", `/v1/endpoints/${failing}/deliveries`);
    return (data as Json[]).every(({ attempt_count: count }) => count === 1) && (data as Json[]).length === 2;
  });
  await until(async () => {
    const { data } = await call(key, "GET", `/v1/endpoints/${pulling}/pull`);
    return (data as Json[]).length > 0;
  });
  await call(key, "POST", `/v1/endpoints/${failing}/retry`);
  await until(async () => {
    const { data } = await call(key, "GET", `/v1/endpoints/${failing}/deliveries`);
    return (data as Json[]).every(({ status }) => status === "dead");
  });
  const replay = { endpoint_ids: [delivered, failing], status: "any" };
  await call(key, "POST", "/v1/replays", { ...replay, dry_run: true });
  await seconds(12);
  watching.close();
  return {};
}

export function callerOf(url: string): Call {
  return async (key, method, path, body, headers = {}) => {
    const answer = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as Json;
  };
}

function endpointsBy(call: Call, key: string): (settings: object) => Promise<string> {
  return async (settings) =>
    String((await call(key, "POST", "/v1/endpoints", { types: ["deal.*"], ...settings })).id);
}

const seconds = (count: number) => new Promise<void>((resolve) => setTimeout(resolve, count * 1000));

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return;
    await seconds(0.1);
  }
  throw new Error("it did not happen");
}
