import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ChangedWorker, withScript } from "../e2e/changed-worker.ts";
import { clockAhead } from "./clock.ts";
import { storedShapes } from "./shapes.ts";

/*
 * Makes what a released version leaves on disk: `node test/released/make.ts <version> <last migration of it>`. Its clock
 * is twenty years ahead in the data directory, so that none of its alarms rings and a test can set the clock to when it was left; the stored
 * shapes come from a second one with the present time, since only there events move to the archive.
 */

const ROOT = join(import.meta.dirname, "../..");
const YEARS_AHEAD_MS = 20 * 365 * 24 * 3600 * 1000;
const [version = "0.1.0", lastMigration = "0006_limits.sql"] = process.argv.slice(2);

type Json = Record<string, unknown>;

const ahead = await dataDirOf(YEARS_AHEAD_MS);
const files = globSync("**/*", { cwd: ahead.path })
  .filter((file) =>
    /^state\/(?!tmp).*\.(sqlite|blob)|^state\/.*\/blobs\/|^(encryption-key|admin-token)/.test(file),
  )
  .map((file) => [file, readFileSync(join(ahead.path, file)).toString("base64")]);
const kept = { ...ahead.known, leftAt: Date.now() + YEARS_AHEAD_MS, files: Object.fromEntries(files) };
writeFileSync(
  join(import.meta.dirname, `${version}.data.json.gz`),
  gzipSync(JSON.stringify(kept), { level: 9 }),
);
const present = await dataDirOf(0);
const passing = await dataDirOf(0, whatPasses);
const shapes = together([present, passing].map(({ path }) => storedShapes(join(path, "state"))));
writeFileSync(join(import.meta.dirname, `${version}.shapes.json`), `${JSON.stringify(shapes, null, 1)}\n`);
for (const { path } of [ahead, present, passing]) rmSync(path, { recursive: true });

/** A data directory that the released version has worked in, and what a test must know to use it. */
async function dataDirOf(aheadMs: number, use = work): Promise<{ path: string; known: Json }> {
  const path = mkdtempSync(join(tmpdir(), "atlas-released-"));
  const bundle = gunzipSync(readFileSync(join(import.meta.dirname, `${version}.js.gz`))).toString();
  const started = await ChangedWorker.start(
    path,
    (config, worker) => {
      const ahead = withScript(worker, clockAhead(aheadMs) + bundle);
      return { ...config, services: config.services.map((one) => (one === worker ? ahead : one)) };
    },
    { root: releasedMigrations(), environment: aheadMs ? {} : { ARCHIVE_AFTER_SECONDS: "1" } },
  );
  const receiver = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(request.url?.startsWith("/down") ? 500 : 200).end("answered");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const to = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const known = await use(started.url, started.dataDir.adminToken, to);
  await started.stop();
  receiver.close();
  return { path, known };
}

/** The migrations that the version had. */
function releasedMigrations(): string {
  const root = mkdtempSync(join(tmpdir(), "atlas-migrations-"));
  mkdirSync(join(root, "migrations"));
  for (const file of globSync("*.sql", { cwd: join(ROOT, "migrations") })) {
    if (file <= lastMigration) cpSync(join(ROOT, "migrations", file), join(root, "migrations", file));
  }
  return root;
}

/** Uses what is stored in a shape of its own: every policy field, retries, missed events, jobs, rotation, keys. */
async function work(url: string, adminToken: string, to: string): Promise<Json> {
  const call = callerOf(url);
  const workspace = await call(adminToken, "POST", "/v1/workspaces", { name: "released" });
  const key = String(workspace.key);
  const endpoint = async (settings: object) =>
    String((await call(key, "POST", "/v1/endpoints", { types: ["deal.*"], ...settings })).id);
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
  await new Promise((resolve) => setTimeout(resolve, 11_000));
  await call(key, "POST", "/v1/events", { type: "deal.created", data: { id: "deal_4", value: 1 } });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return {
    key,
    workspace: workspace.id,
    events,
    endpoints: { delivered, failing, disabled, paused },
    job: job.id,
  };
}

/** Leaves at once what is stored for a while only: a replay job between two of its steps, a sweep, an outbox, a summary. */
async function whatPasses(url: string, adminToken: string, to: string): Promise<Json> {
  const call = callerOf(url);
  const key = String((await call(adminToken, "POST", "/v1/workspaces", { name: "passing" })).key);
  const type = {
    category: "Orders",
    description: "An order",
    sample: { id: "order_1", lines: [{ sku: "a" }] },
  };
  await call(key, "PUT", "/v1/event-types/order.created", { ...type, schema: { type: "object" } });
  const endpoint = async (settings: object) =>
    String((await call(key, "POST", "/v1/endpoints", { types: ["deal.*"], ...settings })).id);
  const replayed = await endpoint({ url: `${to}/ok`, status: "disabled" });
  const swept = await endpoint({ url: `${to}/ok`, status: "paused", metadata: { team: "sales" } });
  const paused = await endpoint({ url: `${to}/ok` });
  const event = { type: "deal.created", data: { id: "deal_1", value: 20 } };
  for (let n = 0; n < 5; n++)
    await call(key, "POST", "/v1/events/batch", { events: Array.from({ length: 1000 }, () => event) });
  // The summary is told a minute after there was something to tell.
  await new Promise((resolve) => setTimeout(resolve, 80_000));
  await call(key, "PATCH", `/v1/endpoints/${paused}`, { status: "paused" });
  await call(key, "PATCH", `/v1/endpoints/${replayed}`, { status: "enabled" });
  const replay = { status: "missed", rate_per_second: 100 };
  await call(key, "POST", `/v1/endpoints/${replayed}/replays`, replay);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await call(key, "POST", `/v1/endpoints/${swept}/cancel`, {});
  return {};
}

/** The shapes of several data directories, those of the first one first. */
function together(all: Record<string, string[]>[]): Record<string, string[]> {
  const names = all.flatMap((shapes) => Object.keys(shapes));
  return Object.fromEntries(
    names.map((name) => [name, all.flatMap((shapes) => shapes[name] ?? []).slice(0, 6)]),
  );
}

function callerOf(url: string) {
  return async (key: string, method: string, path: string, body?: object, headers = {}): Promise<Json> => {
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

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not happen");
}
