import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CommandLine } from "./command-line.ts";
import { Service } from "./started-service.ts";

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
