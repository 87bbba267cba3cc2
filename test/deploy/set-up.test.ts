import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CloudflareApi } from "./cloudflare-api.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A run starts wrangler nine times, each a second or more on a busy machine. */
const RUN_MS = 300_000;

let api: CloudflareApi;
let checkout: string;

beforeEach(() => {
  api = new CloudflareApi();
  // The script keeps its notes in the checkout: each test has one of its own.
  checkout = mkdtempSync(join(tmpdir(), "atlas-set-up-"));
  const parts = [
    "deploy",
    "migrations",
    "src",
    "tsconfig.json",
    "wrangler.toml",
    "package.json",
    "package-lock.json",
  ];
  for (const part of parts) cpSync(join(ROOT, part), join(checkout, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(checkout, "node_modules"));
});

afterEach(async () => {
  await api.close();
  rmSync(checkout, { recursive: true, force: true });
});

interface Outcome {
  code: number;
  output: string;
}

async function run(
  url: string,
  command: string[],
  environment: Record<string, string> = {},
): Promise<Outcome> {
  const env = {
    PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
    HOME: checkout,
    CI: "true",
    WRANGLER_SEND_METRICS: "false",
    // Wrangler is ten megabytes of JavaScript: compiled once for all of its starts, and those of other runs.
    NODE_COMPILE_CACHE: join(tmpdir(), "atlas-compile-cache"),
    CLOUDFLARE_API_BASE_URL: url,
    CLOUDFLARE_API_TOKEN: "token",
    CLOUDFLARE_ACCOUNT_ID: "acc1",
    ...environment,
  };
  const [program = "", ...rest] = command;
  return new Promise((resolve) => {
    execFile(program, rest, { cwd: checkout, env, timeout: RUN_MS }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
    });
  });
}

const setUp = (url: string, environment?: Record<string, string>) =>
  run(url, ["bash", "deploy/set-up.sh"], environment);

const fail = (on: RegExp, more: { after?: boolean } = {}) => api.failures.push({ on, status: 503, ...more });

it("uploads the secrets exactly once, whatever Cloudflare's API fails in between, and shows what was uploaded", {
  timeout: RUN_MS,
}, async () => {
  const url = await api.open();
  const config = join(checkout, "wrangler.toml");
  writeFileSync(config, readFileSync(config, "utf8").replace('LOCATION = ""', 'LOCATION = "weur"'));
  fail(/GET .*\/scripts\/atlas-webhooks\/secrets$/);
  expect((await setUp(url)).code, "no list of secrets").toBe(1);
  fail(/GET .*\/d1\/database/);
  expect((await setUp(url)).code, "no answer about D1").toBe(1);
  expect([api.databases.size, api.buckets.size, api.workers.size], "nothing was made").toEqual([0, 0, 0]);

  // The Worker and its secrets are there, but the deploy ends with an error before anybody saw them.
  fail(/PUT .*\/schedules$/, { after: true });
  const cutOff = await setUp(url);
  expect(cutOff.code, cutOff.output).toBe(1);
  expect(api.uploadedSecrets).toHaveLength(1);
  expect([...api.databases.keys(), ...api.buckets.keys()]).toEqual([
    "atlas-webhooks",
    "atlas-webhooks-archive",
  ]);
  expect(api.buckets.get("atlas-webhooks-archive")?.rules.map(({ id }) => id)).toContain("expire-30d");

  const again = await setUp(url);
  expect(again.code, again.output).toBe(0);
  const [secrets] = api.uploadedSecrets;
  expect(Buffer.from(secrets?.ENCRYPTION_KEY ?? "", "base64")).toHaveLength(32);
  expect(again.output).toContain(secrets?.ENCRYPTION_KEY);
  expect(again.output).toContain(secrets?.ADMIN_TOKEN);
  expect(existsSync(join(checkout, ".deploy-secrets.json")), "nothing stays behind").toBe(false);

  fail(/GET .*\/scripts\/atlas-webhooks\/secrets$/);
  expect((await setUp(url)).code, "the list of secrets fails once more").toBe(1);
  expect(api.uploadedSecrets, "one upload in all").toHaveLength(1);
});

it("asks for a bucket of a jurisdiction there, and makes it there, wherever LOCATION says", {
  timeout: RUN_MS,
}, async () => {
  const url = await api.open();
  const config = join(checkout, "wrangler.toml");
  writeFileSync(
    config,
    readFileSync(config, "utf8")
      .replace('LOCATION = ""', 'LOCATION = "weur"')
      .replace(/^(bucket_name = .*)$/m, '$1\njurisdiction = "eu"'),
  );
  const { code, output } = await setUp(url);
  expect(code, output).toBe(0);
  expect([...api.buckets.keys()]).toEqual(["eu/atlas-webhooks-archive"]);
  const [bucket] = api.buckets.values();
  expect(bucket?.near).toBeUndefined();
  expect(bucket?.rules.map(({ id }) => id)).toContain("expire-30d");
  // Whether it is there, makes it, whether it has the rule, gives it the rule.
  expect(api.jurisdictions.length).toBeGreaterThanOrEqual(4);
  expect(new Set(api.jurisdictions)).toEqual(new Set(["eu"]));
  expect(api.databases.get("atlas-webhooks")?.near).toBe("weur");
});

it("stops where the Worker has lost its ENCRYPTION_KEY, and says how to give it back", {
  timeout: RUN_MS,
}, async () => {
  const url = await api.open();
  api.workers.set("atlas-webhooks", new Set(["ADMIN_TOKEN"]));
  const { code, output } = await setUp(url);
  expect([code, output]).toEqual([
    1,
    expect.stringContaining("ENCRYPTION_KEY=<that key> npm run deploy:setup"),
  ]);
  expect([api.databases.size, api.uploadedSecrets.length]).toEqual([0, 0]);
});

it("makes nothing without a login", { timeout: RUN_MS }, async () => {
  const url = await api.open();
  const { code, output } = await setUp(url, { CLOUDFLARE_API_TOKEN: "" });
  expect([code, output]).toEqual([1, expect.stringContaining("npx wrangler login")]);
  expect(api.requests.filter((line) => !line.startsWith("GET "))).toEqual([]);
});

it("refuses a bare `wrangler deploy` of a Worker without secrets", { timeout: RUN_MS }, async () => {
  const url = await api.open();
  mkdirSync(join(checkout, "dist/public"), { recursive: true });
  const { code, output } = await run(url, ["wrangler", "deploy"]);
  expect([code, output]).toEqual([1, expect.stringContaining("ADMIN_TOKEN, ENCRYPTION_KEY")]);
  expect(api.workers.size).toBe(0);
});
