import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { overHttp, overStdio } from "./agent-session.ts";
import { type CommandLine, serviceWithCommandLine } from "./command-line.ts";
import { eventually } from "./eventually.ts";
import { failed, ok, Receiver } from "./receiver.ts";
import type { Service } from "./started-service.ts";
import { SVIX_SECRETS, startSvix } from "./svix-api.ts";

const ROOT = join(import.meta.dirname, "../..");

let service: Service;
let atlas: CommandLine;

beforeAll(async () => {
  [service, atlas] = await serviceWithCommandLine();
});

afterAll(async () => {
  atlas.remove();
  await service.remove();
});

/** Another workspace of the service, as somebody with its key sees it. */
async function otherWorkspace(): Promise<Record<string, string>> {
  const { body } = await service.operator.request<{ key: string }>("POST", "/v1/workspaces", {
    name: "other",
  });
  return { ATLAS_KEY: body.key };
}

describe("export and apply", () => {
  const text = `version: 1
workspace:
  name: shop
event_types:
  - type: order.paid
    description: An order was paid.
    schema: { type: object, required: [id], properties: { id: { type: string } } }
endpoints:
  - key: billing
    url: http://127.0.0.1:9/billing
    dialect: atlas
    types: [order.*]
    secret: \${env:BILLING_SECRET}
    auth: { type: bearer, token: "\${env:BILLING_TOKEN}" }
    description: costs $\${env:NOTHING}
`;
  const variables = { BILLING_SECRET: "whsec_billing-0123456789", BILLING_TOKEN: "token-1" };

  it("give a second workspace the same configuration, and change nothing where it is so", async () => {
    const [one, other] = [await otherWorkspace(), await otherWorkspace()];
    const environment = { ...one, ...variables };
    const plan = await atlas.json(["apply", "-", "--plan"], { environment, input: text });
    expect(plan).toEqual([
      { action: "create", kind: "event_type", name: "order.paid", fields: [] },
      { action: "update", kind: "workspace", name: "other", fields: ["name"] },
      { action: "create", kind: "endpoint", name: "billing http://127.0.0.1:9/billing", fields: [] },
    ]);
    expect((await atlas.run(["apply", "-", "--yes"], { environment, input: text })).code).toBe(0);
    expect(await atlas.json(["apply", "-", "--yes"], { environment, input: text })).toEqual([]);

    const exported = await atlas.run(["export", "--secrets-file", "shop.env"], { environment: one });
    expect(exported.stdout).not.toMatch(/whsec_|token-1/);
    expect(exported.stderr).toContain("ATLAS_BILLING_AUTH_TOKEN");
    expect(statSync(join(atlas.folder, "shop.env")).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(atlas.folder, "shop.env"), "utf8")).toContain(
      "ATLAS_BILLING_SECRET='whsec_billing-0123456789'",
    );
    const secrets = { ATLAS_BILLING_SECRET: variables.BILLING_SECRET, ATLAS_BILLING_AUTH_TOKEN: "token-1" };
    const applied = { environment: { ...other, ...secrets }, input: exported.stdout };
    expect(await atlas.run(["apply", "--yes"], applied)).toMatchObject({ code: 0 });
    expect(await atlas.json(["apply", "--yes"], applied)).toEqual([]);
    expect((await atlas.run(["export"], { environment: other })).stdout).toBe(exported.stdout);
    const [endpoint] = await atlas.json<{ description: string; id: string }[]>(
      ["endpoints", "list"],
      applied,
    );
    expect(endpoint?.description).toBe(`costs $${"{env:NOTHING}"}`);
    // What the file names no more is left alone, unless it is to go.
    const none = { environment: other, input: "version: 1\nendpoints: []\n" };
    expect(await atlas.json(["apply", "--plan"], none)).toEqual([]);
    expect(await atlas.json(["apply", "--plan", "--prune"], none)).toMatchObject([{ action: "delete" }]);
  });

  it("raise the logs once no endpoint has an order that these do not keep, and say what cannot be taken back", async () => {
    const environment = await otherWorkspace();
    const run = (input: string, ...given: string[]) =>
      atlas.run(["apply", "-", "--yes", ...given], { environment, input });
    const endpoint = "endpoints:\n  - key: one\n    url: http://127.0.0.1:9/one\n";
    expect((await run(`version: 1\n${endpoint}    order: endpoint\n`)).code).toBe(0);
    const raised = `version: 1\nworkspace: { log_shards: 2 }\n${endpoint}    order: none\n`;
    expect(await run(raised)).toMatchObject({ code: 0 });
    expect(await atlas.json(["apply", "-", "--plan"], { environment, input: raised })).toEqual([]);
    for (const [setting, says] of [
      ["log_shards: 1", "workspace.log_shards: the workspace has 2, and can have no fewer"],
      ["shard_by: context.customer", "workspace.shard_by: it is fixed"],
    ]) {
      const refused = await run(`version: 1\nworkspace: { ${setting} }\n`, "--plan");
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(says as string)]);
    }
  });

  it("refuse a file with all that is wrong with it, and change nothing", async () => {
    const environment = await otherWorkspace();
    const wrong = text.replace("version: 1", "version: 2").replace("order.*]", "order.*]\n    timeout: null");
    const { code, stdout, stderr } = await atlas.run(["apply", "--yes"], { environment, input: wrong });
    expect([code, stdout]).toEqual([2, ""]);
    for (const says of [
      "version: must be 1",
      "endpoints[0].timeout: must not be null",
      "{env:BILLING_SECRET} is not set",
    ])
      expect(stderr).toContain(says);
    const broken = await atlas.run(["apply", "--yes"], { environment, input: "version: 1\nendpoints: [\n" });
    expect([broken.code, broken.stderr]).toEqual([2, expect.stringContaining("line 3")]);
    expect(await atlas.json(["endpoints", "list"], { environment })).toEqual([]);
  });
});

/** The blocks of shell commands of a page, top to bottom, as one script. */
function scriptOf(page: string): string {
  const text = readFileSync(join(ROOT, "docs", page), "utf8");
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
  expect(blocks.length).toBeGreaterThan(0);
  return ["set -euo pipefail", ...blocks].join("\n");
}

/** Runs a script in the program's folder, as somebody whose PATH has `atlas`. Returns what it printed. */
async function paste(script: string, environment: Record<string, string> = {}): Promise<string> {
  const bin = join(atlas.folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "atlas"), `#!/bin/sh\nexec "${process.execPath}" "${atlas.program}" "$@"\n`, {
    mode: 0o755,
  });
  const PATH = `${bin}:${process.env.PATH}`;
  const { stdout } = await promisify(execFile)("bash", ["-c", script], {
    cwd: atlas.folder,
    env: { ...atlas.environment, ...environment, PATH },
  });
  return stdout;
}

describe("a reader who pastes the lines of the docs", () => {
  it("gets from each of docs/cli.md what it says", async () => {
    const printed = await paste(scriptOf("cli.md"));
    expect(printed).toContain("not_matched");
    expect(printed).toContain("pulled.made {");
  });

  it("moves endpoints from Svix with docs/migrate-from-svix.md, once", async () => {
    const svix = await startSvix();
    const environment = { ...(await otherWorkspace()), SVIX_URL: svix.url, SVIX_TOKEN: "testsk_1" };
    mkdirSync(join(atlas.folder, "docs"));
    copyFileSync(join(ROOT, "docs/migrate-from-svix.mjs"), join(atlas.folder, "docs/migrate-from-svix.mjs"));
    await paste(scriptOf("migrate-from-svix.md"), environment);
    const again = `set -a; . ./svix.env; set +a; atlas apply workspace.json --yes --json`;
    expect(JSON.parse(await paste(again, environment))).toEqual([]);
    svix.stop();
    const made = await atlas.json<{ id: string; url: string }[]>(["endpoints", "list"], { environment });
    expect(made.toSorted((one, other) => (one.url < other.url ? -1 : 1))).toMatchObject([
      {
        url: "http://127.0.0.1:9/one",
        types: ["invoice.*"],
        context: { app: "acme" },
        tags: [],
        status: "enabled",
      },
      {
        url: "http://127.0.0.1:9/two",
        types: ["*"],
        context: { app: "app_2" },
        tags: ["eu"],
        status: "disabled",
      },
    ]);
    const { secret } = await atlas.json<{ secret: string }>(["endpoints", "secret", made[0]?.id ?? ""], {
      environment,
    });
    expect(SVIX_SECRETS).toContain(secret);
    const types = await atlas.json<{ type: string; schema: unknown }[]>(["types", "list", "--q", "invoice"], {
      environment,
    });
    expect(types).toMatchObject([{ type: "invoice.paid", schema: { required: ["id"] } }]);
  });
});

describe.each([
  ["atlas mcp", (key: string) => overStdio(atlas, key)],
  ["/mcp of the service", (key: string) => overHttp(service.url, key)],
])("an agent over %s", (_, session) => {
  async function keyOf(role: string): Promise<string> {
    const { body } = await service.client.request<{ key: string }>("POST", "/v1/keys", { name: role, role });
    return body.key;
  }

  it("finds why an event did not arrive, and replays it once it has confirmed the count", async () => {
    const receiver = await Receiver.start(() => failed);
    const type = `agent.asked_${receiver.url.replaceAll(/\D/g, "")}`;
    const { id: endpoint } = await service.client.createEndpoint({
      url: receiver.url,
      types: [type],
      retry: { delays: [], jitter: 0 },
    });
    const event = await service.client.publish({ type, data: { order: type } });
    const agent = await session(service.client.key);
    type Row = { verdict: string; why: string; delivery: { id: string } };
    const dead = await eventually("dead", async () =>
      (await agent.call<Row[]>("explain_event", { event_id: event, endpoint_id: endpoint })).find(
        ({ verdict }) => verdict === "dead",
      ),
    );
    expect(dead.why).toMatch(/^attempt 1: 500 in \d+ ms$/);
    const found = await agent.call<{ data: { id: string }[] }>("search_events", { text: `"${type}"` });
    expect(found.data.map(({ id }) => id)).toEqual([event]);

    receiver.answer = () => ok;
    type Plan = { total: number; confirmation: string };
    for (const asked of [{ event_ids: [event] }, { status: "any", types: [type] }]) {
      const before = receiver.requests.length;
      const plan = await agent.call<Plan>("plan_replay", asked);
      expect([plan.total, receiver.requests.length]).toEqual([1, before]);
      await agent.call("replay", { ...asked, confirmation: plan.confirmation });
      await eventually("replayed", () => receiver.requests.length === before + 1);
      // Again with the same confirmation it is the same replay; with other arguments it is none.
      await agent.call("replay", { ...asked, confirmation: plan.confirmation });
      const other = { event_ids: [event], endpoint_ids: ["ep_other"], confirmation: plan.confirmation };
      await expect(agent.call("replay", other)).rejects.toThrow("call plan_replay again");
    }
    const { data } = await service.client.get<{ data: unknown[] }>(`/v1/endpoints/${endpoint}/deliveries`);
    expect([data.length, receiver.requests.length]).toEqual([3, 3]);
    await agent.close();
    await receiver.stop();
  });

  it("has the tools that the role of its key may use", async () => {
    const agent = await session(await keyOf("reader"));
    const names = await agent.tools();
    expect(names).toContain("explain_event");
    expect(names.filter((name) => /^(plan_)?replay/.test(name))).toEqual([]);
    await expect(agent.call("replay", { confirmation: "x", status: "dead" })).rejects.toThrow(
      "no tool replay",
    );
    await agent.close();
  });

  it("replays named events to an endpoint of its own with a portal session, and sees no other", async () => {
    const types = ["portal.asked"];
    const given = { url: "http://127.0.0.1:9/", types, retry: { delays: [], jitter: 0 } };
    const { id: own } = await service.client.createEndpoint({ ...given, metadata: { customer: "acme" } });
    const { id: foreign } = await service.client.createEndpoint(given);
    const event = await service.client.publish({ type: "portal.asked", data: {} });
    const { body } = await service.client.request<{ token: string }>("POST", "/v1/portal-sessions", {
      metadata: { customer: "acme" },
    });
    const agent = await session(body.token);
    expect((await agent.call<{ id: string }[]>("list_endpoints", {})).map(({ id }) => id)).toEqual([own]);
    await expect(agent.call("get_endpoint", { endpoint_id: foreign })).rejects.toThrow("not_found");
    const asked = { event_ids: [event], endpoint_ids: [own] };
    const plan = await eventually("dead", async () => {
      const counted = await agent.call<{ total: number; confirmation: string }>("plan_replay", asked);
      return counted.total === 1 ? counted : null;
    });
    const done = await agent.call("replay", { ...asked, confirmation: plan.confirmation });
    expect(done).toMatchObject({ done: 1 });
    await expect(agent.call("plan_replay", { event_ids: [event] })).rejects.toThrow("endpoint_ids");
    await agent.close();
    for (const id of [own, foreign]) await service.client.request("DELETE", `/v1/endpoints/${id}`);
  });
});

it("atlas mcp ends with how to log in where its key is not known", async () => {
  const { code, stderr } = await atlas.run(["mcp"], { environment: { ATLAS_KEY: "ak_none" } });
  expect([code, stderr]).toEqual([1, expect.stringContaining("atlas login")]);
});

it("atlas mcp answers what came before its input ended, and takes lines that are no message as such", async () => {
  const lines = ["{", "[]", '{"jsonrpc":"2.0","id":1,"method":"ping"}', ""];
  const { code, stdout } = await atlas.run(["mcp"], { input: lines.join("\n") });
  const replies = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id?: number });
  expect([code, replies]).toMatchObject([0, [{ error: { code: -32700 } }, { id: 1, result: {} }]]);
});
