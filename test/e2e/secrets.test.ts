import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standard } from "../../src/sdk/ed25519.ts";
import { Endpoint } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { type ReceivedRequest, Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";
import { Service } from "./started-service.ts";
import { SteadyLoad } from "./steady-load.ts";

const whsec = (bytes: number) => `whsec_${randomBytes(bytes).toString("base64")}`;
const newKey = () => randomBytes(32).toString("base64");

/** The second in which a request was signed; a busy machine may deliver it much later. */
const signedAt = (request: ReceivedRequest) => Number(request.headers["webhook-timestamp"]);

const secondOf = (timeMs: number) => Math.floor(timeMs / 1000);

function verifies(request: ReceivedRequest, secret: string): boolean {
  try {
    standard.webhooks.verify(request.body.toString(), request.headers as Record<string, string>, secret);
    return true;
  } catch {
    return false;
  }
}

describe("secrets", () => {
  const scene = setScene("secrets");
  const { create } = scene;

  async function delivered(): Promise<ReceivedRequest> {
    const before = scene.receiver.requests.length;
    await scene.service.client.publish({ type: scene.type, data: { text: "ä" } });
    return (await scene.receiver.received(before + 1))[before] as ReceivedRequest;
  }

  it("are generated with 24 bytes or more, or given with 24 to 64", async () => {
    const generated = await create();
    expect(Buffer.from(generated.secret.slice(6), "base64").length).toBeGreaterThanOrEqual(24);
    expect(verifies(await delivered(), generated.secret)).toBe(true);
    await generated.delete();
    for (const bytes of [24, 64]) {
      const given = await create({ secret: whsec(bytes) });
      expect(verifies(await delivered(), given.secret)).toBe(true);
      await given.delete();
    }
    for (const secret of [whsec(23), whsec(65), "whsec_", "secret", "whsec_%%%"]) {
      const { status } = await scene.service.client.request("POST", "/v1/endpoints", {
        url: scene.receiver.url,
        secret,
      });
      expect(status).toBe(422);
    }
  });

  it("whsk_ keys sign with ed25519, and beside a symmetric secret during a rotation to them", async () => {
    const endpoint = await create();
    const whsk = `whsk_${randomBytes(32).toString("base64")}`;
    await endpoint.post("/secret/rotate", 200, { secret: whsk });
    const { public_key: whpk } = await endpoint.get<{ public_key: string }>("/secret");
    const request = await delivered();
    expect(verifies(request, whpk)).toBe(true);
    expect(verifies(request, endpoint.secret)).toBe(true);
    // The newest first.
    expect(
      String(request.headers["webhook-signature"])
        .split(" ")
        .map((one) => one.split(",")[0]),
    ).toEqual(["v1a", "v1"]);
  });

  it("rotated under load, no delivery fails with either during the grace, none verifies with the old one after it", async () => {
    const endpoint = await create({ max_in_flight: 4 });
    const load = new SteadyLoad(scene.service.client, [scene.type], 100);
    await load.sent(50, scene.type);
    // Seconds tell before and after apart, if there is one between.
    await eventually("a request of an earlier second", () =>
      scene.receiver.requests.some((request) => signedAt(request) < secondOf(Date.now())),
    );
    const askedAt = Date.now();
    const { secret, previous_expires_at: expiresAt } = await endpoint.post<{
      secret: string;
      previous_expires_at: string;
    }>("/secret/rotate", 200, { grace_hours: 4 / 3600 });
    const answeredAt = Date.now();
    const endsAt = Date.parse(expiresAt);
    const { signing, ...told } = await endpoint.get<{ signing: { secret: string; until: string | null }[] }>(
      "/secret",
    );
    expect(told).toEqual({
      secret,
      public_key: null,
      switch_at: null,
      previous: [{ secret: endpoint.secret, expires_at: expiresAt }],
    });
    expect(signing.map(({ secret: one, until }) => [one, until])).toEqual([
      [secret, null],
      [endpoint.secret, expiresAt],
    ]);
    await eventually("the second after the grace", () => secondOf(Date.now()) > secondOf(endsAt));
    await load.sent(50, scene.type);
    await load.stop();
    await scene.receiver.received(load.events.length);
    const signed = (fits: (second: number) => boolean) =>
      scene.receiver.requests.filter((request) => fits(signedAt(request)));
    const during = signed((second) => second > secondOf(answeredAt) && second < secondOf(endsAt));
    const after = signed((second) => second > secondOf(endsAt));
    const before = signed((second) => second < secondOf(endsAt));
    for (const some of [before, during, after]) expect(some.length).toBeGreaterThan(20);
    // A receiver that still has the old secret loses nothing until the end.
    expect(before.filter((request) => !verifies(request, endpoint.secret))).toEqual([]);
    expect(during.filter((request) => !verifies(request, secret))).toEqual([]);
    expect(after.filter((request) => !verifies(request, secret))).toEqual([]);
    expect(after.filter((request) => verifies(request, endpoint.secret))).toEqual([]);
    const early = signed((second) => second < secondOf(askedAt));
    expect(early).not.toEqual([]);
    expect(early.filter((request) => verifies(request, secret))).toEqual([]);
    expect(await endpoint.get("/secret")).toMatchObject({
      secret,
      switch_at: null,
      signing: [{ secret }],
      previous: [],
    });
  });
});

describe("at rest", () => {
  let service: Service;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start({ ARCHIVE_AFTER_SECONDS: "1" });
    receiver = await Receiver.start(({ headers }) => ({
      kind: "status",
      status: 500,
      headers: { "x-echo": String(headers.authorization) },
      body: JSON.stringify(headers),
    }));
  });

  afterAll(async () => {
    await receiver.stop();
    await service.remove();
  });

  it("no file in DATA_DIR holds a secret, a header's value, a token or an API key", async () => {
    const tokens = await Receiver.start(() => ({
      kind: "status",
      status: 200,
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ access_token: "an-access-token-of-oauth", expires_in: 3600 }),
    }));
    const { client, operator } = service;
    const auths = [
      { type: "basic", username: "ada", password: "a-basic-password" },
      { type: "bearer", token: "a-bearer-token" },
      { type: "header", name: "X-Key", value: "a-header-auth-value" },
      {
        ...{ type: "oauth2", token_url: tokens.url, client_id: "ada" },
        client_secret: "an-oauth-client-secret",
      },
    ];
    const secrets = [
      ...["a-basic-password", "a-bearer-token", "a-header-auth-value", "an-oauth-client-secret"],
      ...["an-access-token-of-oauth", "a-static-header-value", btoa("ada:a-basic-password"), client.key],
    ];
    for (const [n, auth] of auths.entries()) {
      const settings = { url: receiver.url, types: ["at.rest"], retry: { delays: [0.1] }, auth };
      const answer = await client.request<{ secret: string; id: string }>(
        "POST",
        "/v1/endpoints",
        { ...settings, headers: { "X-Static": "a-static-header-value" } },
        { "Idempotency-Key": `endpoint-${n}` },
      );
      expect(answer.status, answer.text).toBe(201);
      const rotated = await client.request<{ secret: string }>(
        "POST",
        `/v1/endpoints/${answer.body.id}/secret/rotate`,
        {},
        { "Idempotency-Key": `rotation-${n}` },
      );
      secrets.push(answer.body.secret, rotated.body.secret);
    }
    const key = await client.request<{ key: string }>(
      "POST",
      "/v1/keys",
      { name: "reader", role: "reader" },
      { "Idempotency-Key": "key" },
    );
    const workspace = await operator.request<{ key: string }>("POST", "/v1/workspaces", { name: "other" });
    const portal = await client.request<{ token: string }>("POST", "/v1/portal-sessions", {});
    secrets.push(key.body.key, workspace.body.key, portal.body.token);
    await client.publish({ type: "at.rest", data: { marker: "this-is-found" } });
    await receiver.received(8);
    expect(receiver.requests.some(({ headers }) => headers.authorization === "Bearer a-bearer-token")).toBe(
      true,
    );
    // Both while it runs, with write-ahead logs, and after a clean stop.
    expect(found(secrets, service.dataDir)).toEqual([]);
    await service.stop();
    expect(found(secrets, service.dataDir)).toEqual([]);
    // The search itself works: the event is there, in the clear.
    expect(found(["this-is-found"], service.dataDir)).not.toEqual([]);
    // Nor does the service print them, but for the key of the first start.
    const printed = service.process.stdout() + service.process.stderr();
    const shown = secrets.filter((secret) => secret !== client.key && printed.includes(secret));
    expect(shown).toEqual([]);
    await tokens.stop();
  });

  it("the encryption key is rotated without a pause; what was sealed anew needs the old one no more", async () => {
    await service.restart();
    receiver.answer = () => ({ kind: "status", status: 200 });
    const endpoint = await Endpoint.create(service.client, {
      url: receiver.url,
      types: ["rotated.*"],
      auth: { type: "bearer", token: "kept-across-rotations" },
    });
    const arrives = async (type: string) => {
      const id = await service.client.publish({ type, data: {} });
      // Another one may come again, whose record was lost when the service was ended.
      const request = await eventually(type, () =>
        receiver.requests.find(({ headers }) => headers["webhook-id"] === id),
      );
      expect(request.headers.authorization).toBe("Bearer kept-across-rotations");
      expect(verifies(request, endpoint.secret)).toBe(true);
    };
    const restartWith = async (encryptionKey: string) => {
      await service.stop();
      service.environment.ENCRYPTION_KEY = encryptionKey;
      await service.restart();
    };
    await arrives("rotated.before");
    const oldKey = readFileSync(join(service.dataDir, "encryption-key"), "utf8").trim();
    const key = newKey();
    await restartWith(`${key},${oldKey}`);
    await arrives("rotated.between");
    // Any change seals an endpoint's secrets anew.
    await endpoint.patch({ description: "sealed under the new key" });
    // The service wants every key that was used, until it is told that one is not needed any more.
    const usedKeys = join(service.dataDir, "encryption-keys-used");
    const [, newest] = readFileSync(usedKeys, "utf8").trim().split("\n");
    writeFileSync(usedKeys, `${newest}\n`);
    await restartWith(key);
    await arrives("rotated.after");
    expect((await endpoint.get<{ secret: string }>("/secret")).secret).toBe(endpoint.secret);
  });
});

/** Which of the texts lie in which file below a directory: plain, or inside base64 of any alignment. */
function found(texts: string[], directory: string): string[] {
  const needles = texts.flatMap((text) => [text, ...base64Forms(text)].map((form) => ({ text, form })));
  const hits: string[] = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    const path = join(directory, name);
    if (!statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    for (const { text, form } of needles) if (bytes.includes(form)) hits.push(`${text} in ${name}`);
  }
  return hits;
}

function base64Forms(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const encoded = Buffer.from("\0".repeat(shift) + text).toString("base64");
    // Without the characters at the ends, which depend on what lies beside the text.
    return encoded.slice(shift === 0 ? 0 : 4, encoded.length - 4);
  });
}
