import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standard } from "../../src/sdk/index.ts";
import { type CommandLine, serviceWithCommandLine } from "./command-line.ts";
import { eventually } from "./eventually.ts";
import type { Service } from "./started-service.ts";

let service: Service;
let atlas: CommandLine;

beforeAll(async () => {
  [service, atlas] = await serviceWithCommandLine();
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

it("pull says that handling took longer than the lease, and ends with 1 where it runs once", async () => {
  const { id } = await atlas.json<{ id: string }>([
    ...["endpoints", "create", "--types", "late.*"],
    ...["--data", `{"transport":"pull","retry":{"delays":[${Array(20).fill(0.1)}],"jitter":0}}`],
  ]);
  for (const n of [1, 2]) await service.client.publish({ type: "late.made", data: { n } });
  const pull = ["pull", id, "--once", "--exec", "sleep 1.2", "--lease", "2"];
  const late = await atlas.run([...pull, "--limit", "2"]);
  expect(late.code).toBe(1);
  expect(late.stderr).toMatch(/^error: 0 of 2 events .*--lease 2.*--limit/m);
  // One at a time, as is the default, each has a lease of its own.
  await eventually("both due again and done", async () => {
    if ((await atlas.run(pull)).code !== 0) return false;
    const { data } = await service.client.get<{ data: { status: string }[] }>(
      `/v1/endpoints/${id}/deliveries`,
    );
    return data.every(({ status }) => status === "delivered");
  });
});

it("listen --since forwards what was published before, once and in order; Ctrl-C and SIGTERM end it, and pause its endpoint", async () => {
  const bodies: string[] = [];
  const app = createServer(async (request, response) => {
    bodies.push(await text(request));
    response.end();
  });
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  for (const n of [1, 2, 3]) await service.client.publish({ type: "earlier.made", data: { n } });
  const { port } = app.address() as AddressInfo;
  const forward = ["--forward-to", `127.0.0.1:${port}`, "--types", "earlier.*", "--since", "15m"];
  for (const isFirst of [true, false]) {
    const listening = atlas.start(["webhooks", "listen", ...forward]);
    const came = `${isFirst ? 3 : 0} of what was published`;
    await eventually("fetched", () => listening.stderr().concat(listening.stdout()).includes(came));
    await eventually("all there", () => bodies.length === 3);
    listening.signal(isFirst ? "SIGINT" : "SIGTERM");
    expect((await listening.ended).code).toBe(130);
    type Listed = { data: { status: string; status_reason: string | null }[] };
    const { data } = await service.client.get<Listed>(`/v1/endpoints?q=127.0.0.1:${port}`);
    expect(data).toMatchObject([{ status: "paused", status_reason: "listener_left" }]);
  }
  app.close();
  expect(bodies.map((body) => JSON.parse(body).data.n)).toEqual([1, 2, 3]);
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
