import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newKey, newWorkspace, type Workspace } from "../api/client.ts";

let workspace: Workspace;
const keys: Record<string, string> = {};

beforeAll(async () => {
  workspace = await newWorkspace();
  keys.admin = workspace.key;
  keys.portal = await newKey(workspace, "portal");
});

const patch = (id: string, body: unknown, key = workspace.key) =>
  call("PATCH", `/v1/endpoints/${id}`, { key, body });
const get = (id: string) => call("GET", `/v1/endpoints/${id}`, { key: workspace.key });

const URL_OF_ALL = "https://receiver.example/hook";
const headers = { "X-Api-Key": "header-secret", "X-Tenant": "tenant-secret" };
const bearer = { type: "bearer", token: "bearer-secret" };
const oauth2 = {
  type: "oauth2",
  token_url: "https://tokens.example/token",
  client_id: "client",
  client_secret: "client-secret",
};

const AUTHS: [auth: object, path: string][] = [
  [{ type: "basic", username: "anna", password: "hunter2" }, "auth.password"],
  [bearer, "auth.token"],
  [{ type: "header", name: "X-Token", value: "header-auth" }, "auth.value"],
  [oauth2, "auth.client_secret"],
];

describe("a change of an endpoint's origin", () => {
  it.each(["admin", "portal"])("by the role %s must give every secret anew that it keeps", async (role) => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: bearer });
    const answer = await patch(made.id, { url: "https://attacker.example/hook" }, keys[role]);
    expect(answer.status).toBe(422);
    expect(badFields(answer)).toEqual(["auth.token", "headers.X-Api-Key", "headers.X-Tenant"]);
    expect((await get(made.id)).body).toMatchObject({ url: URL_OF_ALL, updated_at: made.updated_at });
  });

  it.each(AUTHS)("names the secret of %o", async (auth, path) => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, auth });
    expect(badFields(await patch(made.id, { url: "https://attacker.example/" }))).toEqual([path]);
    const shown = (await get(made.id)).body;
    const masked = await patch(made.id, { url: "https://attacker.example/", auth: shown.auth });
    expect(badFields(masked)).toEqual([path]);
    const anew = await patch(made.id, { url: "https://other.example/", auth });
    expect([anew.status, anew.body.url]).toEqual([200, "https://other.example/"]);
  });

  it.each([
    ["another scheme", "http://127.0.0.1:8443/hook"],
    ["another port", "https://127.0.0.1:8444/hook"],
    ["another host", "https://127.0.0.2:8443/hook"],
    ["the same address by name", "https://localhost:8443/hook"],
    ["a subdomain", "https://a.localhost.example/hook"],
  ])("is one to %s", async (_what, url) => {
    const made = await newEndpoint(workspace, { url: "https://127.0.0.1:8443/hook", headers });
    expect(badFields(await patch(made.id, { url }))).toEqual(["headers.X-Api-Key", "headers.X-Tenant"]);
  });

  it.each(["pull", "listen"])(
    "is one to the transport %s, by which another receiver is handed them",
    async (transport) => {
      const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: bearer });
      const kept = ["auth.token", "headers.X-Api-Key", "headers.X-Tenant"];
      expect(badFields(await patch(made.id, { transport }, keys.portal))).toEqual(kept);
      const dropped = await patch(made.id, { transport, headers: null, auth: null }, keys.portal);
      expect([dropped.status, dropped.body.transport]).toEqual([200, transport]);
      expect(badFields(await patch(made.id, { transport: "http", url: URL_OF_ALL }))).toEqual([]);
    },
  );

  it("is none of the path, the query, or the spelling", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: bearer });
    for (const url of [
      "https://receiver.example/other?x=1",
      "HTTPS://RECEIVER.EXAMPLE:443/hook",
      "https://receiver.example./hook",
    ])
      expect((await patch(made.id, { url })).status, url).toBe(200);
  });

  it("is not gone round by masks, by names in another case, or by naming some of them", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: bearer });
    const url = "https://attacker.example/";
    const masked = await patch(made.id, {
      url,
      headers: { "x-api-key": "***", "X-Tenant": "given" },
      auth: null,
    });
    expect([masked.status, badFields(masked)]).toEqual([422, ["headers.x-api-key"]]);
    const another = { type: "basic", username: "anna", password: "***" };
    expect(badFields(await patch(made.id, { url, headers: null, auth: another }))).toEqual(["auth.password"]);
    const voice = await patch(made.id, { url, dialect: "voice", headers: null });
    expect(badFields(voice)).toEqual(["auth.token"]);
  });

  it("drops secrets for good, so that no second change brings them back", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: bearer });
    const url = "https://other.example/";
    const dropped = await patch(made.id, { url, headers: {}, auth: null });
    expect(dropped.body).toMatchObject({ url, headers: {}, auth: null });
    const back = await patch(made.id, { url: URL_OF_ALL, headers: { "X-Api-Key": "***" }, auth: bearer });
    expect([back.status, badFields(back)]).toEqual([422, ["headers.X-Api-Key"]]);
    const auth = { type: "bearer", token: "***" };
    expect(badFields(await patch(made.id, { url: URL_OF_ALL, auth }))).toEqual(["auth.token"]);
  });

  it("of tokens counts like one of deliveries", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL, headers, auth: oauth2 });
    const moved = { ...oauth2, token_url: "https://attacker.example/token", client_secret: "***" };
    expect(badFields(await patch(made.id, { auth: moved }))).toEqual([
      "auth.client_secret",
      "headers.X-Api-Key",
      "headers.X-Tenant",
    ]);
    const sameOrigin = { ...moved, token_url: "https://tokens.example/v2/token" };
    expect((await patch(made.id, { auth: sameOrigin })).status).toBe(200);
    const anew = { ...moved, client_secret: "client-secret" };
    expect((await patch(made.id, { auth: anew, headers })).status).toBe(200);
  });

  it("needs no new signing secret, which is sent to nobody", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL });
    const answer = await patch(made.id, { url: "https://other.example/" });
    expect([answer.status, answer.body.url]).toEqual([200, "https://other.example/"]);
  });

  it("is judged by what is stored when it is written, of two changes at the same moment too", async () => {
    const made = await newEndpoint(workspace, { url: URL_OF_ALL });
    const [moved, given] = await Promise.all([
      patch(made.id, { url: "https://attacker.example/" }),
      patch(made.id, { headers: { "X-Api-Key": "given-for-receiver" } }),
    ]);
    const shown = (await get(made.id)).body;
    // Either the header came later, and was given for what is stored then; or the move was refused.
    expect([moved.status, given.status].every((status) => status === 200 || status === 422)).toBe(true);
    expect(moved.status === 422).toBe(shown.url === URL_OF_ALL);
  });
});

it("a guess of a secret's value is not told apart from any other change", async () => {
  const made = await newEndpoint(workspace, { url: URL_OF_ALL, auth: bearer });
  const version = async () => (await get(made.id)).body.updated_at;
  const before = await version();
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect((await patch(made.id, { auth: bearer }, keys.portal)).body.updated_at).not.toBe(before);
});
