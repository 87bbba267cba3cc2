import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { type Answer, failed, ok, Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";

const unauthorized: Answer = { kind: "status", status: 401 };

describe("an endpoint's policy", () => {
  const scene = setScene("policies", { dialect: "atlas" }, { SLOTS_PER_OBJECT: "6" });
  const { create, publish } = scene;

  describe.each([false, true])("rate_limit with serialize %s", (serialize) => {
    it("starts 10 attempts at 3/s at least 333 ms apart, without a burst", async () => {
      const endpoint = await create({ rate_limit: { per_second: 3 }, serialize });
      const from = Date.now();
      await publish(10);
      await scene.receiver.received(10);
      const arrivedAt = new Map(
        scene.receiver.requests.map((request) => [request.headers["atlas-sequence"], request.arrivedAt]),
      );
      const startedAt = await Promise.all(
        (await endpoint.untilCount(10, "delivered")).map(async ({ id, sequence }) => {
          const at = Date.parse((await endpoint.delivery(id)).attempts[0]?.started_at ?? "");
          // The gaps are taken from the record, since a busy receiver reads its clock late; it never reads it early.
          expect(arrivedAt.get(String(sequence))).toBeGreaterThanOrEqual(at);
          return at;
        }),
      );
      startedAt.sort((a, b) => a - b);
      // The first of two may go on record late where the machine is busy, and so come near the second; none is early.
      for (let n = 1; n < 10; n++) expect((startedAt[n] ?? 0) - from).toBeGreaterThanOrEqual(n * 333);
    });
  });

  it.each([429, 503])("Retry-After: 2 with %i holds the whole endpoint for 2 s", async (status) => {
    scene.receiver.answer = () =>
      scene.receiver.requests.length === 1 ? { kind: "status", status, headers: { "retry-after": "2" } } : ok;
    const endpoint = await create({ retry: { delays: [0.1] } });
    await publish(1);
    await endpoint.attempted(1);
    await publish(3);
    const [first, second] = await scene.receiver.received(5);
    // The hold begins with the answer, which is sent after the first request's time was taken.
    expect((second?.arrivedAt ?? 0) - (first?.arrivedAt ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  it.each(["3600.5", "2700, 1", "2026-03-01"])("Retry-After: %s is no hold", async (value) => {
    scene.receiver.answer = () =>
      scene.receiver.requests.length === 1
        ? { kind: "status", status: 503, headers: { "retry-after": value } }
        : ok;
    const endpoint = await create({ retry: { delays: [0.1] } });
    await publish(1);
    expect((await endpoint.ended("delivered")).attempt_count).toBe(2);
  });

  it("disable_after counts failures in a row: 23 disable, a success in between starts anew", async () => {
    scene.receiver.answer = ({ headers }) => (headers["atlas-event"]?.includes("good") ? ok : failed);
    const endpoint = await create({
      types: [`${scene.type}.*`],
      retry: { delays: Array.from({ length: 10 }, () => 0.1) },
      disable_after: { consecutive_failures: 23 },
      serialize: true,
    });
    // 11 attempts each: 22 failures, a success, then 23 more.
    for (const part of ["bad", "bad", "good", "bad", "bad", "bad"])
      await scene.service.client.publish({ type: `${scene.type}.${part}`, data: {} });
    const { status_reason: reason } = await endpoint.untilStatus("disabled");
    expect(reason).toBe("consecutive_failures");
    expect(scene.receiver.requests.length).toBe(22 + 1 + 23);
    expect(await endpoint.deliveries("status=pending")).toHaveLength(1);
  });

  it("on_dead_letter pause keeps the exhausted delivery at the head; resumed, its schedule begins anew", async () => {
    scene.receiver.answer = () => failed;
    const endpoint = await create({ retry: { delays: [0.1] }, on_dead_letter: "pause", serialize: true });
    await publish(2);
    const { status_reason: reason } = await endpoint.untilStatus("paused");
    expect(reason).toBe("dead_letter");
    expect(scene.receiver.requests).toHaveLength(2);
    expect(await endpoint.deliveries("status=pending")).toHaveLength(2);
    scene.receiver.answer = () => (scene.receiver.requests.length === 3 ? failed : ok);
    await endpoint.patch({ status: "enabled" });
    const sequences = (await scene.receiver.received(5)).map(({ headers }) => headers["atlas-sequence"]);
    expect(sequences).toEqual(["1", "1", "1", "1", "2"]);
    expect((await endpoint.get()).status_reason).toBeNull();
  });

  it("a changed schedule re-times what waits for a retry", async () => {
    scene.receiver.answer = () => (scene.receiver.requests.length <= 2 ? failed : ok);
    const endpoint = await create({ retry: { delays: [3600] } });
    await publish(2);
    await scene.receiver.received(2);
    await endpoint.patch({ retry: { delays: [0.2] } });
    await endpoint.untilCount(2, "delivered");
  });

  it("sends with its method and headers", async () => {
    await create({ method: "PUT", headers: { "X-Team": "blue team" } });
    await publish(1);
    const [request] = await scene.receiver.received(1);
    expect(request?.method).toBe("PUT");
    expect(request?.headers["x-team"]).toBe("blue team");
  });

  it.each([
    [
      { type: "basic", username: "ada", password: "löve:lace" },
      "authorization",
      `Basic ${btoa("ada:l\u00c3\u00b6ve:lace")}`,
    ],
    [{ type: "bearer", token: "t0ken-of-a-bearer" }, "authorization", "Bearer t0ken-of-a-bearer"],
    [{ type: "header", name: "X-Api-Key", value: "k3y-of-the-header" }, "x-api-key", "k3y-of-the-header"],
  ])("authenticates by %o, masked on record", async (auth, header, value) => {
    const endpoint = await create({ auth });
    await publish(1);
    const [request] = await scene.receiver.received(1);
    expect(request?.headers[header]).toBe(value);
    const delivery = await endpoint.ended("delivered");
    expect(JSON.stringify(delivery)).not.toContain(value);
    expect(JSON.stringify(delivery.attempts[0]?.request.headers)).toContain("***");
  });

  describe("OAuth 2.0 client credentials", () => {
    let tokens: Receiver;
    let issued = 0;
    let lifetimeSeconds = 3600;

    beforeEach(async () => {
      issued = 0;
      lifetimeSeconds = 3600;
      tokens = await Receiver.start(() => ({
        kind: "status",
        status: 200,
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          access_token: `token-${++issued}`,
          token_type: "Bearer",
          expires_in: lifetimeSeconds,
        }),
      }));
    });

    afterEach(() => tokens.stop());

    const oauth2 = () => ({
      auth: {
        type: "oauth2",
        token_url: tokens.url,
        client_id: "atlas",
        client_secret: "the-client-secret",
        scope: "events:write",
      },
    });

    it("one token serves all attempts, asked for as RFC 6749 says", async () => {
      await create(oauth2());
      await publish(30);
      await scene.receiver.received(30);
      expect(tokens.requests).toHaveLength(1);
      const form = new URLSearchParams(tokens.requests[0]?.body.toString());
      expect(Object.fromEntries(form)).toEqual({ grant_type: "client_credentials", scope: "events:write" });
      expect(tokens.requests[0]?.headers.authorization).toBe(`Basic ${btoa("atlas:the-client-secret")}`);
      expect(new Set(scene.receiver.requests.map(({ headers }) => headers.authorization))).toEqual(
        new Set(["Bearer token-1"]),
      );
    });

    it("a token is renewed before an attempt needs it: none fails", async () => {
      lifetimeSeconds = 1;
      const endpoint = await create({ ...oauth2(), serialize: true });
      await publish(1);
      await scene.receiver.received(1);
      await eventually("another token", async () => {
        await publish(1);
        return tokens.requests.length > 1;
      });
      await endpoint.settled();
      expect(await endpoint.get("/stats")).toMatchObject({ retried: 0, dead: 0 });
    });

    it("a refused token is renewed once, within the attempt", async () => {
      scene.receiver.answer = ({ headers }) =>
        headers.authorization === "Bearer token-1" ? unauthorized : ok;
      const endpoint = await create(oauth2());
      await publish(1);
      const delivery = await endpoint.ended("delivered");
      expect(delivery.attempt_count).toBe(1);
      expect(scene.receiver.requests).toHaveLength(2);
      expect(tokens.requests).toHaveLength(2);
    });

    it("attempts refused at one moment share one renewal", async () => {
      const allThere = scene.receiver.received(6);
      scene.receiver.answer = ({ headers }) =>
        headers.authorization === "Bearer token-1" ? { ...unauthorized, after: allThere } : ok;
      await create(oauth2());
      await publish(6);
      await scene.receiver.received(12);
      expect(tokens.requests).toHaveLength(2);
    });

    it("without a token an attempt fails with `auth`; a receiver that refuses the second token, with `status`", async () => {
      scene.receiver.answer = () => unauthorized;
      const refused = await create({ ...oauth2(), retry: { delays: [] } });
      await publish(1);
      expect((await refused.ended("dead")).last_attempt).toMatchObject({ error: "status", status: 401 });
      tokens.answer = () => failed;
      await refused.patch({ auth: { ...oauth2().auth, scope: "other" } });
      const before = scene.receiver.requests.length;
      await publish(1);
      await refused.untilCount(2, "dead");
      const [newest] = await refused.deliveries();
      expect(newest?.last_attempt).toMatchObject({ error: "auth", status: null });
      expect(scene.receiver.requests).toHaveLength(before);
    });
  });

  describe("with six connections for each object", () => {
    it("has as many attempts in flight as max_in_flight says, by senders, and timeouts start when a slot is held", async () => {
      let open = 0;
      let most = 0;
      scene.receiver.answer = () => {
        most = Math.max(most, ++open);
        setTimeout(() => open--, 390);
        return { kind: "status", status: 200, delayMs: 400 };
      };
      const endpoint = await create({ max_in_flight: 14, timeout: 2, retry: { delays: [] } });
      // 6 rounds of 400 ms: the last ones wait for longer than the timeout.
      await publish(84);
      await endpoint.untilCount(84, "delivered");
      expect(most).toBe(14);
    });

    it("max_in_flight bounds them further", async () => {
      let open = 0;
      let most = 0;
      scene.receiver.answer = () => {
        most = Math.max(most, ++open);
        setTimeout(() => open--, 40);
        return { kind: "status", status: 200, delayMs: 50 };
      };
      await create({ max_in_flight: 2 });
      await publish(12);
      await scene.receiver.received(12);
      expect(most).toBe(2);
    });
  });
});
