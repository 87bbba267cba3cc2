import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standard } from "../../src/sdk/index.ts";
import { CommandLine } from "./command-line.ts";
import { eventually } from "./eventually.ts";
import { failed, ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";
import { SVIX_SECRETS, startSvix } from "./svix-api.ts";

const ROOT = join(import.meta.dirname, "../..");

let service: Service;
let atlas: CommandLine;

beforeAll(async () => {
  [service, atlas] = await Promise.all([
    Service.start({ ALLOWED_NETWORKS: "127.0.0.0/8" }),
    CommandLine.build(),
  ]);
  atlas.environment = { ...atlas.environment, ATLAS_URL: service.url, ATLAS_KEY: service.client.key };
});

afterAll(async () => {
  atlas.remove();
  await service.remove();
});

describe("the program", () => {
  it("ends with 2 and one line that names what is wrong where it is called wrongly", async () => {
    const calls = [
      { given: ["webhooks", "trigger"], says: "missing required argument 'type'" },
      { given: ["webhooks", "trgger", "x"], says: "Did you mean trigger?" },
      { given: ["webhooks", "trigger", "x", "--data", "{"], says: "--data must be JSON" },
      { given: ["webhooks", "trigger", "x", "--context", "y"], says: "must be name=value" },
    ];
    for (const { given, says } of calls) {
      const { code, stdout, stderr } = await atlas.run(given);
      expect([given, code, stdout]).toEqual([given, 2, ""]);
      expect(stderr).toContain(says);
      expect(stderr.trimEnd().split("\n").length).toBe(1);
    }
  });

  it("ends with 1 and the field that the service refuses, as JSON where --json is given", async () => {
    const given = ["webhooks", "trigger", "no type", "--data", "{}"];
    const plain = await atlas.run(given);
    expect([plain.code, plain.stdout]).toEqual([1, ""]);
    expect(plain.stderr).toMatch(/^error: type: must be 1 to 128 .*\n$/);
    const asJson = await atlas.run([...given, "--json"]);
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.stderr)).toMatchObject({ status: 422, errors: [{ path: "type" }] });
  });

  it("says how to mend it where the service is not there, and where the key is not known", async () => {
    const away = await atlas.run(["whoami"], { environment: { ATLAS_URL: "http://127.0.0.1:1" } });
    expect([away.code, away.stdout]).toEqual([1, ""]);
    expect(away.stderr).toMatch(/^error: .*cannot be reached\. .*ATLAS_URL.*\n$/);
    const unknown = await atlas.run(["whoami"], { environment: { ATLAS_KEY: "ak_none" } });
    expect([unknown.code, unknown.stdout]).toEqual([1, ""]);
    expect(unknown.stderr).toMatch(/^error: .*atlas login.*\n$/);
  });
});

it("keeps the key that login has checked for its user alone, and forgets it", async () => {
  const { key } = service.client;
  const own = { environment: { ATLAS_KEY: "", ATLAS_URL: "" } };
  const refused = await atlas.run(["login", "--url", service.url], { ...own, input: "ak_wrong\n" });
  expect(refused.code).toBe(2);
  expect((await atlas.run(["whoami"], own)).stderr).toContain("set ATLAS_KEY, or run `atlas login`");
  expect((await atlas.run(["login", "--url", service.url], { ...own, input: `${key}\n` })).code).toBe(0);
  expect(statSync(join(atlas.folder, ".config/atlas/credentials.json")).mode & 0o777).toBe(0o600);
  expect(await atlas.json(["whoami"], own)).toMatchObject({ url: service.url, role: "admin" });
  // It is a key of that service, and goes to no other.
  const elsewhere = await atlas.run(["whoami"], {
    environment: { ATLAS_KEY: "", ATLAS_URL: "http://127.0.0.1:1" },
  });
  expect([elsewhere.code, elsewhere.stderr]).toEqual([2, expect.stringContaining("No key is known for")]);
  expect((await atlas.run(["logout"], own)).code).toBe(0);
  expect((await atlas.run(["whoami"], own)).code).toBe(2);
});

it("publishes data digit by digit, from an argument, a file or stdin, and a type's sample without any", async () => {
  const data = '{"id":"deal_1","n":12345678901234567890}';
  const piped = await atlas.json<{ id: string }>(["webhooks", "trigger", "deal.created", "--data", "-"], {
    input: data,
  });
  const answer = await service.client.request("GET", `/v1/events/${piped.id}`);
  expect(answer.text).toContain(`"data":${data}`);
  expect((await atlas.run(["webhooks", "trigger", "deal.none"])).stderr).toContain("give --data");
});

/** Another workspace of the service, as somebody with its key sees it. */
async function otherWorkspace(): Promise<Record<string, string>> {
  const { body } = await service.operator.request<{ key: string }>("POST", "/v1/workspaces", {
    name: "other",
  });
  return { ATLAS_KEY: body.key };
}

/** An inbox of the service, and an endpoint that delivers to it. */
async function inboxWithEndpoint(
  settings: object,
): Promise<{ inbox: string; endpoint: string; secret: string }> {
  const { id: inbox, url } = await atlas.json<{ id: string; url: string }>([
    "inbox",
    "create",
    "--answers",
    "500,200",
  ]);
  const { id: endpoint, secret } = await service.client.createEndpoint({ url, ...settings });
  return { inbox, endpoint, secret };
}

describe("an event that did not arrive at first", () => {
  it("is told by tail as it changes, over the service's restart, explained, and replayed after a count", async () => {
    const types = ["cli.arrived"];
    const { inbox, endpoint } = await inboxWithEndpoint({ types, retry: { delays: [0.1], jitter: 0 } });
    const tail = atlas.start(["webhooks", "tail", "--endpoint", endpoint]);
    const told = () =>
      tail
        .stdout()
        .split("\n")
        .map((line) => line.split("\t"));
    const delivered = (event: string) =>
      told().filter(([, status = "", , id]) => status.trim() === "delivered" && id === event).length;
    const isOpen = (times: number) => tail.stderr().split("Waiting for deliveries").length > times;
    await eventually("the socket", () => isOpen(1));
    const publish = () =>
      atlas.json<{ id: string }>(["webhooks", "trigger", "cli.arrived", "--data", '{"id":"1"}']);
    const { id } = await publish();
    await eventually("told as delivered", () => delivered(id) === 1);
    expect(told().some((fields) => fields[3] === id && fields[5]?.startsWith("500 in "))).toBe(true);

    const explained = await atlas.run(["explain", id]);
    expect(explained.stdout).toMatch(new RegExp(`${endpoint}\\tdelivered\\tattempt 2: 200 in \\d+ ms\\n`));
    const body = '{"type":"cli.other","data":{}}';
    const forecast = await atlas.json<{ verdict: string; endpoint_id: string }[]>(["explain", "-"], {
      input: body,
    });
    expect(forecast.find((row) => row.endpoint_id === endpoint)).toMatchObject({
      verdict: "not_matched",
      not_matched: { condition: "types", wanted: types },
    });

    const selected = ["replay", "--endpoint", endpoint, "--status", "delivered"];
    const counted = await atlas.json<{ total: number }>([...selected, "--dry-run"]);
    expect(counted).toMatchObject({ total: 1, preview: { sample: [{ event_id: id }] } });
    const unasked = await atlas.run(selected);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining("say --yes")]);
    expect((await atlas.json<{ done: number }>([...selected, "--yes"])).done).toBe(1);
    await eventually("replayed", () => delivered(id) === 2);

    await service.kill9();
    await service.restart();
    await eventually("the next socket", () => isOpen(2));
    const { id: next } = await publish();
    await eventually("told after the restart", () => delivered(next) === 1);
    tail.signal("SIGINT");
    expect((await tail.ended).code).toBe(130);
    const requests = await atlas.json<{ signature: { verdict: string } }[]>(["inbox", "requests", inbox]);
    expect(requests.map(({ signature }) => signature.verdict)).toEqual(["valid", "valid", "valid", "valid"]);
  });
});

it("pull hands each event in order to a command, and has the one that it failed come again", async () => {
  const { id } = await atlas.json<{ id: string }>([
    ...["endpoints", "create", "--types", "pulled.*", "--serialize"],
    ...["--data", '{"transport":"pull","retry":{"delays":[0.1],"jitter":0}}'],
  ]);
  for (const n of [1, 2]) await service.client.publish({ type: "pulled.made", data: { n } });
  const command =
    'cat >> pulled; echo " $ATLAS_ATTEMPT" >> pulled; [ -e again ] || { touch again; echo no >&2; false; }';
  const pulling = atlas.start(["pull", id, "--exec", command]);
  await eventually("both done", () => pulling.stderr().split("done").length === 3);
  pulling.signal("SIGINT");
  expect((await pulling.ended).code).toBe(130);
  const handled = readFileSync(join(atlas.folder, "pulled"), "utf8");
  expect(handled.match(/"n":\d\}\} \d/g)).toEqual(['"n":1}} 1', '"n":1}} 2', '"n":2}} 1']);
  const { data } = await service.client.get<{ data: { status: string; id: string }[] }>(
    `/v1/endpoints/${id}/deliveries`,
  );
  expect(data.map(({ status }) => status)).toEqual(["delivered", "delivered"]);
  const delivery = await atlas.json<{ attempts: { response: { body: string } }[] }>([
    "deliveries",
    "get",
    id,
    data[1]?.id ?? "",
  ]);
  expect(delivery.attempts[0]?.response.body).toBe("no");
});

it("lists, changes and deletes an endpoint, in fields where no terminal reads, and asks before it deletes", async () => {
  const url = "http://127.0.0.1:9/webhooks";
  const { id } = await atlas.json<{ id: string }>([
    "endpoints",
    "create",
    url,
    "--types",
    "cli.none,x.*",
    "--rate",
    "5",
  ]);
  const paused = await atlas.json<{ status: string }>(["endpoints", "pause", id]);
  expect(paused).toMatchObject({
    status: "paused",
    types: ["cli.none", "x.*"],
    rate_limit: { per_second: 5 },
  });
  const { stdout } = await atlas.run(["endpoints", "list", "--q", url]);
  expect(stdout).toBe(`${id}\tpaused\tstandard\tcli.none,x.*\t${url}\n`);
  expect((await atlas.run(["endpoints", "update", id])).stderr).toContain("Nothing to change");
  expect((await atlas.run(["endpoints", "delete", id])).code).toBe(2);
  expect((await atlas.run(["endpoints", "delete", id, "--yes"])).code).toBe(0);
  expect((await atlas.run(["endpoints", "get", id])).code).toBe(1);
});

it("verify tells dialect and secret of a request, and why it is not to be trusted", async () => {
  const { secret } = await service.client.createEndpoint({
    url: "http://127.0.0.1:9/verify",
    types: ["cli.no"],
  });
  const body = '{"type":"deal.created","data":{}}';
  const at = new Date("2026-11-20T09:30:00Z");
  const headers = standard.webhooks.sign(body, secret, { now: at.getTime(), id: "evt_1" });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const request = ["POST /webhooks HTTP/1.1", "Host: example.com", ...lines, "", body].join("\r\n");
  const given = ["verify", "--secret", "whsec_b3RoZXIgc2VjcmV0IG9mIG9uZQ==", "--secret", secret];
  const good = await atlas.run([...given, "--at", at.toISOString()], { input: request });
  expect([good.code, good.stdout]).toEqual([0, "valid: standard, signed by secret 2 of 2\n"]);
  const late = await atlas.run(given, { input: request });
  expect([late.code, late.stdout]).toEqual([1, expect.stringMatching(/^standard: too_old: /)]);
  writeFileSync(join(atlas.folder, "changed.http"), request.replace("deal", "meal"));
  const changed = await atlas.run([...given, "--at", at.toISOString(), "changed.http"]);
  expect([changed.code, changed.stdout]).toEqual([1, expect.stringMatching(/^standard: no_match: /)]);
});

it("offers commands and options to a shell that completes a line", async () => {
  const offered = async (...words: string[]) =>
    (await atlas.run(["complete", "--", ...words])).stdout.split("\n");
  expect(await offered("endpoints", "re")).toEqual(["resume", "retry", ""]);
  expect(await offered("webhooks", "trigger", "--d")).toEqual(["--data", ""]);
  const script = (await atlas.run(["completion", "bash"])).stdout;
  const folder = join(atlas.folder, "cli");
  const line = `PATH="${folder}:$PATH"; ln -sf atlas.js ${folder}/atlas; ${script}\nCOMP_WORDS=(atlas web) COMP_CWORD=1; _atlas; echo "$COMPREPLY"`;
  expect(execFileSync("bash", ["-c", line], { encoding: "utf8" })).toBe("webhooks\n");
});

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

describe("an agent over atlas mcp", () => {
  /** A session of the protocol's own client with the program. */
  async function session(
    key: string,
  ): Promise<{ client: Client; call: (name: string, given: object) => Promise<never> }> {
    const client = new Client({ name: "test", version: "1" });
    const environment = { ...atlas.environment, ATLAS_KEY: key };
    const [command, args] = [process.execPath, [atlas.program, "mcp"]];
    await client.connect(new StdioClientTransport({ command, args, env: environment, stderr: "ignore" }));
    const call = async (name: string, given: object) => {
      const { content, isError } = await client.callTool({ name, arguments: { ...given } });
      const [{ text = "" } = {}] = content as { text?: string }[];
      if (isError) throw new Error(text);
      return JSON.parse(text) as never;
    };
    return { client, call };
  }

  it("finds why an event did not arrive, and replays it once it has confirmed the count", async () => {
    const receiver = await Receiver.start(() => failed);
    const { id: endpoint } = await service.client.createEndpoint({
      url: receiver.url,
      types: ["agent.asked"],
      retry: { delays: [], jitter: 0 },
    });
    const event = await service.client.publish({ type: "agent.asked", data: { order: "A-17" } });
    const { client, call } = await session(service.client.key);
    type Row = { verdict: string; why: string; delivery: { id: string } };
    const explained = async () =>
      (await call("explain_event", { event_id: event, endpoint_id: endpoint })) as Row[];
    const dead = await eventually("dead", async () =>
      (await explained()).find(({ verdict }) => verdict === "dead"),
    );
    expect(dead.why).toMatch(/^attempt 1: 500 in \d+ ms$/);
    const found = (await call("search_events", { text: "A-17" })) as { data: { id: string }[] };
    expect(found.data.map(({ id }) => id)).toEqual([event]);

    receiver.answer = () => ok;
    const plan = (await call("plan_replay", { event_ids: [event] })) as {
      total: number;
      confirmation: string;
    };
    expect(plan.total).toBe(1);
    expect(receiver.requests.length).toBe(1);
    await call("replay", { confirmation: plan.confirmation });
    await eventually("replayed", () => receiver.requests.length === 2);
    // A confirmation is for one replay.
    await expect(call("replay", { confirmation: plan.confirmation })).rejects.toThrow(
      "call plan_replay again",
    );
    await client.close();
    await receiver.stop();
  });

  it("has the tools that the role of its key may use, and is refused what that may not", async () => {
    const { body } = await service.client.request<{ key: string }>("POST", "/v1/keys", {
      name: "agent",
      role: "reader",
    });
    const { client } = await session(body.key);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain("explain_event");
    expect(names.filter((name) => /replay/.test(name))).toEqual([]);
    await client.close();
    const { code, stderr } = await atlas.run(["mcp"], { environment: { ATLAS_KEY: "ak_none" } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("atlas login")]);
  });
});
