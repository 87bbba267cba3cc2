import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Client, type Json } from "./client.ts";
import { Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";

describe("secrets and those who may change an endpoint", () => {
  const scene = setScene("whose-secrets");

  it("a portal key cannot have what is write-only sent to a receiver of its own", async () => {
    const thief = await Receiver.start();
    const endpoint = await scene.create({
      headers: { "X-Api-Key": "header-secret" },
      auth: { type: "bearer", token: "bearer-secret" },
    });
    const { token } = (
      await scene.service.client.request<{ token: string }>("POST", "/v1/portal-sessions", {})
    ).body;
    const portal = new Client(scene.service.url, token);
    const stolen = [
      { url: thief.url },
      { url: thief.url, headers: { "x-api-key": "***" }, auth: { type: "bearer", token: "***" } },
      { url: thief.url, headers: {} },
      { url: thief.url, dialect: "voice" },
      { auth: { type: "oauth2", token_url: thief.url, client_id: "a", client_secret: "***" } },
    ];
    for (const body of stolen)
      expect((await portal.request("PATCH", endpoint.path, body)).status, JSON.stringify(body)).toBe(422);
    await portal.request("POST", `${endpoint.path}/test`, {});
    expect(thief.requests).toEqual([]);
    const [own] = await scene.receiver.received(1);
    expect(own?.headers).toMatchObject({
      "x-api-key": "header-secret",
      authorization: "Bearer bearer-secret",
    });
    const given = { url: thief.url, headers: {}, auth: null };
    expect((await portal.request("PATCH", endpoint.path, given)).status).toBe(200);
    await portal.request("POST", `${endpoint.path}/test`, {});
    const [seen] = await thief.received(1);
    expect(JSON.stringify(seen?.headers)).not.toMatch(/-secret/);
    await thief.stop();
  });

  it("a single signature changes over at `switch_at` by itself, after a restart too", async () => {
    const endpoint = await scene.create({ dialect: "brokers", secret: "the old one" });
    const switchAt = new Date(Date.now() + 4000).toISOString();
    const rotated = await endpoint.post<Json>("/secret/rotate", 200, {
      secret: "the new one",
      switch_at: switchAt,
    });
    expect(rotated).toMatchObject({ secret: "the new one", switch_at: switchAt });
    const signed = (secret: string, body: Buffer) => createHmac("sha256", secret).update(body).digest("hex");
    /** The secret that signed the newest request, by the time at which its attempt began. */
    const signer = async (count: number): Promise<[secret: string | undefined, startedAt: string]> => {
      const requests = await scene.receiver.received(count);
      const newest = requests[count - 1];
      const [last] = await endpoint.untilCount(count, "delivered");
      const { attempts } = await endpoint.delivery(last?.id ?? "");
      const secret = ["the old one", "the new one"].find(
        (one) => signed(one, newest?.body ?? Buffer.of()) === newest?.headers["x-webhook-secret"],
      );
      return [secret, attempts[0]?.started_at ?? ""];
    };
    await scene.publish(1);
    const [before, startedAt] = await signer(1);
    expect(before).toBe(startedAt < switchAt ? "the old one" : "the new one");
    await scene.service.stop();
    await scene.service.restart();
    await sleep(Math.max(0, Date.parse(switchAt) - Date.now() + 1));
    await scene.publish(1);
    expect((await signer(2))[0]).toBe("the new one");
  });

  it("calls exactly the URL that it shows", async () => {
    const origin = new URL(scene.receiver.url).origin;
    const given = [
      "/a/../b",
      "/a/%2e%2e/b",
      "\\a\\b",
      "//a//b",
      "/a%2Fb?",
      "/é?é#part",
      "/a|b?x='\"<>",
      "/%zz",
    ];
    for (const [n, path] of given.entries()) {
      const endpoint = await scene.create({ url: origin + path });
      const { url } = await endpoint.get();
      await endpoint.post("/test", 200, {});
      const requests = await scene.receiver.received(n + 1);
      expect(origin + requests[n]?.path, path).toBe(url);
    }
  });
});
