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
import { describe, expect, it } from "vitest";
import { CloudflareApi } from "./cloudflare-api.ts";

const ROOT = join(import.meta.dirname, "../..");
/** A run starts wrangler nine times, each a second or more on a busy machine. */
const RUN_MS = 300_000;

interface Outcome {
  code: number;
  output: string;
}

/** The files of a checkout that setting up reads. */
const PARTS = [
  "deploy",
  "migrations",
  "src",
  "tsconfig.json",
  "wrangler.toml",
  "package.json",
  "package-lock.json",
];

/** An account with nothing in it, and a checkout of its own: the script keeps its notes there. */
class Scene {
  readonly checkout = mkdtempSync(join(tmpdir(), "atlas-set-up-"));
  readonly config = join(this.checkout, "wrangler.toml");
  readonly api: CloudflareApi;
  readonly #url: string;

  private constructor(api: CloudflareApi, url: string) {
    this.api = api;
    this.#url = url;
    for (const part of PARTS) cpSync(join(ROOT, part), join(this.checkout, part), { recursive: true });
    symlinkSync(join(ROOT, "node_modules"), join(this.checkout, "node_modules"));
  }

  static async open(onTestFinished: (remove: () => Promise<void>) => void): Promise<Scene> {
    const api = new CloudflareApi();
    const scene = new Scene(api, await api.open());
    onTestFinished(async () => {
      await api.close();
      rmSync(scene.checkout, { recursive: true, force: true });
    });
    return scene;
  }

  setUp(environment?: Record<string, string>): Promise<Outcome> {
    return this.run(["bash", "deploy/set-up.sh"], environment);
  }

  /** The next such request fails: before it does what it asks for, or after that. */
  fail(on: RegExp, more: { after?: boolean } = {}): void {
    this.api.failures.push({ on, status: 503, ...more });
  }

  changeConfig(change: (toml: string) => string): void {
    writeFileSync(this.config, change(readFileSync(this.config, "utf8")));
  }

  async run(command: string[], environment: Record<string, string> = {}): Promise<Outcome> {
    const env = {
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
      HOME: this.checkout,
      CI: "true",
      WRANGLER_SEND_METRICS: "false",
      // Wrangler is ten megabytes of JavaScript: compiled once for all of its starts, and those of other runs.
      NODE_COMPILE_CACHE: join(tmpdir(), "atlas-compile-cache"),
      CLOUDFLARE_API_BASE_URL: this.#url,
      CLOUDFLARE_API_TOKEN: "token",
      CLOUDFLARE_ACCOUNT_ID: "acc1",
      ...environment,
    };
    const [program = "", ...rest] = command;
    return new Promise((resolve) => {
      execFile(program, rest, { cwd: this.checkout, env, timeout: RUN_MS }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr });
      });
    });
  }
}

// Side by side: each has an account and a checkout of its own, and waits for wrangler.
describe.concurrent("setting up on Cloudflare", { timeout: RUN_MS }, () => {
  it("uploads the secrets exactly once, whatever Cloudflare's API fails in between, and shows what was uploaded", async ({
    onTestFinished,
  }) => {
    const scene = await Scene.open(onTestFinished);
    const { api } = scene;
    scene.changeConfig((toml) => toml.replace('LOCATION = ""', 'LOCATION = "weur"'));
    scene.fail(/GET .*\/scripts\/atlas-webhooks\/secrets$/);
    expect((await scene.setUp()).code, "no list of secrets").toBe(1);
    scene.fail(/GET .*\/d1\/database/);
    expect((await scene.setUp()).code, "no answer about D1").toBe(1);
    expect([api.databases.size, api.buckets.size, api.workers.size], "nothing was made").toEqual([0, 0, 0]);

    // The Worker and its secrets are there, but the deploy ends with an error before anybody saw them.
    scene.fail(/PUT .*\/schedules$/, { after: true });
    const cutOff = await scene.setUp();
    expect(cutOff.code, cutOff.output).toBe(1);
    expect(api.uploadedSecrets).toHaveLength(1);
    expect([...api.databases.keys(), ...api.buckets.keys()]).toEqual([
      "atlas-webhooks",
      "atlas-webhooks-archive",
    ]);
    expect(api.buckets.get("atlas-webhooks-archive")?.rules.map(({ id }) => id)).toContain("expire-30d");

    const again = await scene.setUp();
    expect(again.code, again.output).toBe(0);
    const [secrets] = api.uploadedSecrets;
    expect(Buffer.from(secrets?.ENCRYPTION_KEY ?? "", "base64")).toHaveLength(32);
    expect(again.output).toContain(secrets?.ENCRYPTION_KEY);
    expect(again.output).toContain(secrets?.ADMIN_TOKEN);
    expect(existsSync(join(scene.checkout, ".deploy-secrets.json")), "nothing stays behind").toBe(false);

    scene.fail(/GET .*\/scripts\/atlas-webhooks\/secrets$/);
    expect((await scene.setUp()).code, "the list of secrets fails once more").toBe(1);
    expect(api.uploadedSecrets, "one upload in all").toHaveLength(1);
  });

  it("asks for a bucket of a jurisdiction there, and makes it there, wherever LOCATION says", async ({
    onTestFinished,
  }) => {
    const scene = await Scene.open(onTestFinished);
    const { api } = scene;
    scene.changeConfig((toml) =>
      toml
        .replace('LOCATION = ""', 'LOCATION = "weur"')
        .replace(/^(bucket_name = .*)$/m, '$1\njurisdiction = "eu"'),
    );
    const { code, output } = await scene.setUp();
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

  it("stops where the Worker has lost its ENCRYPTION_KEY, and says how to give it back", async ({
    onTestFinished,
  }) => {
    const scene = await Scene.open(onTestFinished);
    const { api } = scene;
    api.workers.set("atlas-webhooks", new Set(["ADMIN_TOKEN"]));
    const { code, output } = await scene.setUp();
    expect([code, output]).toEqual([
      1,
      expect.stringContaining("ENCRYPTION_KEY=<that key> npm run deploy:setup"),
    ]);
    expect([api.databases.size, api.uploadedSecrets.length]).toEqual([0, 0]);
  });

  it("makes nothing without a login", async ({ onTestFinished }) => {
    const scene = await Scene.open(onTestFinished);
    const { api } = scene;
    const { code, output } = await scene.setUp({ CLOUDFLARE_API_TOKEN: "" });
    expect([code, output]).toEqual([1, expect.stringContaining("npx wrangler login")]);
    expect(api.requests.filter((line) => !line.startsWith("GET "))).toEqual([]);
  });

  it("refuses a bare `wrangler deploy` of a Worker without secrets", async ({ onTestFinished }) => {
    const scene = await Scene.open(onTestFinished);
    const { api } = scene;
    mkdirSync(join(scene.checkout, "dist/public"), { recursive: true });
    const { code, output } = await scene.run(["wrangler", "deploy"]);
    expect([code, output]).toEqual([1, expect.stringContaining("ADMIN_TOKEN, ENCRYPTION_KEY")]);
    expect(api.workers.size).toBe(0);
  });
});
