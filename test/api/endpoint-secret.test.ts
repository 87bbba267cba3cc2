import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { badFields, call, newEndpoint, newWorkspace, type Workspace } from "./client.ts";

let workspace: Workspace;

beforeAll(async () => {
  workspace = await newWorkspace();
});

const patch = (id: string, body: unknown) =>
  call("PATCH", `/v1/endpoints/${id}`, { key: workspace.key, body });
const get = (path: string) => call("GET", `/v1/endpoints${path}`, { key: workspace.key });

describe("secrets", () => {
  it("shows neither header values nor credentials, and keeps them when the mask comes back", async () => {
    const made = await newEndpoint(workspace, {
      headers: { "X-Api-Key": "very-secret" },
      auth: { type: "basic", username: "anna", password: "hunter2" },
    });
    const shown = await get(`/${made.id}`);
    expect(shown.text).not.toMatch(/very-secret|hunter2/);
    expect(shown.body.headers).toEqual({ "X-Api-Key": "***" });
    expect(shown.body.auth).toEqual({ type: "basic", username: "anna", password: "***" });
    const sent = { headers: shown.body.headers, auth: { ...shown.body.auth, username: "bert" } };
    expect((await patch(made.id, sent)).body.auth.username).toBe("bert");
    expect(badFields(await patch(made.id, { headers: { "X-New": "***" } }))).toEqual(["headers.X-New"]);
    expect(badFields(await patch(made.id, { auth: { type: "bearer", token: "***" } }))).toEqual([
      "auth.token",
    ]);
  });

  it("are sealed in D1", async () => {
    const made = await newEndpoint(workspace, { headers: { "X-Api-Key": "very-secret" } });
    const row = await env.DB.prepare("SELECT * FROM endpoints WHERE id = ?").bind(made.id).first();
    expect(row?.sealed).toMatch(/^v1\./);
    expect(JSON.stringify(row)).not.toContain("very-secret");
    expect(JSON.stringify(row)).not.toContain(made.secret);
  });

  it("rotate with a time of grace", async () => {
    const made = await newEndpoint(workspace);
    const first = await call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key });
    expect(first.status).toBe(200);
    expect(first.body.secret).not.toBe(made.secret);
    expect(Date.parse(first.body.previous_expires_at) - Date.now()).toBeGreaterThan(23 * 3_600_000);
    const shown = await get(`/${made.id}/secret`);
    expect(shown.body).toEqual({
      secret: first.body.secret,
      public_key: null,
      switch_at: null,
      signing: [
        { secret: first.body.secret, from: null, until: null },
        { secret: made.secret, from: null, until: first.body.previous_expires_at },
      ],
      previous: [{ secret: made.secret, expires_at: first.body.previous_expires_at }],
    });
    const body = { grace_hours: 0 };
    const second = await call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key, body });
    expect(second.body.previous_expires_at).toBeNull();
    expect((await get(`/${made.id}/secret`)).body.previous).toEqual([]);
  });

  it("show the public key beside a whsk_ secret of `standard`, and beside no other", async () => {
    // RFC 8032, section 7.1, test 1.
    const seed = Buffer.from("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "hex");
    const publicKey = Buffer.from("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "hex");
    const secret = `whsk_${seed.toString("base64")}`;
    const standard = await newEndpoint(workspace, { secret });
    expect((await get(`/${standard.id}/secret`)).body).toMatchObject({
      secret,
      public_key: `whpk_${publicKey.toString("base64")}`,
    });
    // The same text is a plain HMAC key there.
    const brokers = await newEndpoint(workspace, { dialect: "brokers", secret });
    expect((await get(`/${brokers.id}/secret`)).body).toMatchObject({ secret, public_key: null });
    const unsigned = await newEndpoint(workspace, { dialect: "brokers" });
    expect((await get(`/${unsigned.id}/secret`)).body).toMatchObject({ secret: null, public_key: null });
  });

  it("refuse a rotation that would take a secret's grace, and take one that ends all graces", async () => {
    const made = await newEndpoint(workspace);
    const rotate = (body?: object) =>
      call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key, body });
    const first = await rotate({ grace_hours: 1 });
    for (let rotation = 2; rotation <= 4; rotation++) expect((await rotate()).status).toBe(200);
    const before = (await get(`/${made.id}/secret`)).body;
    expect(before.previous).toHaveLength(4);
    const refused = await rotate();
    expect([refused.status, refused.body.code]).toEqual([409, "too_many_secrets"]);
    expect(refused.body.detail).toContain(first.body.previous_expires_at);
    expect((await get(`/${made.id}/secret`)).body).toEqual(before);
    const ended = await rotate({ grace_hours: 0 });
    expect(ended.status).toBe(200);
    expect((await get(`/${made.id}/secret`)).body.previous).toEqual([]);
  });

  it("end the graces of those before where the current one is named with a grace, and only ever shorten them", async () => {
    for (const dialect of ["standard", "brokers"]) {
      const made = await newEndpoint(workspace, { dialect });
      const rotate = async (body?: object) =>
        (await call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key, body })).body;
      const previous = async () => (await get(`/${made.id}/secret`)).body.previous;
      await rotate();
      const { secret } = await rotate();
      const before = await previous();
      await rotate({ secret, grace_hours: 48 });
      expect(await previous()).toEqual(before);
      await rotate({ secret, grace_hours: 1 });
      const ends = (await previous()).map((one: { expires_at: string }) => Date.parse(one.expires_at));
      expect(Math.max(...ends)).toBeLessThanOrEqual(Date.now() + 3_600_000);
      const ended = await rotate({ secret, grace_hours: 0 });
      expect(ended).toMatchObject({ secret, signing: [{ secret, from: null, until: null }] });
      expect(await previous()).toEqual([]);
    }
  });

  it("rotate at once where a header holds one signature, however many never sign again", async () => {
    const made = await newEndpoint(workspace, { dialect: "brokers", secret: "a secret of brokers" });
    const rotate = (body: object) =>
      call("POST", `/v1/endpoints/${made.id}/secret/rotate`, { key: workspace.key, body });
    for (let rotation = 1; rotation <= 6; rotation++) {
      const answer = await rotate({ switch_at: "now" });
      expect(answer.status).toBe(200);
      const { secret } = answer.body;
      expect(answer.body.signing).toEqual([{ secret, from: null, until: null }]);
    }
  });
});
