import { existsSync, readFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { EndlessReceivers } from "./endless-receivers.ts";
import type { AttemptJson } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { RawReceiver } from "./raw-receiver.ts";
import { type Answer, ok, Receiver } from "./receiver.ts";
import { setScene } from "./scene.ts";
import { selfSigned } from "./self-signed.ts";
import { freePort } from "./started-service.ts";

const KIB = 1024;

/** Linux's list of them. */
const TCP_SOCKETS = "/proc/net/tcp";

/** The longest timeout that an endpoint may have, so that none is missed on a busy machine; those that are have 1 s. */
const LONG_TIMEOUT = 30;

/** A server on a free port of loopback, with each connection in the test's hands; its URL. */
async function listen(server: Server): Promise<string> {
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return `127.0.0.1:${port}/`;
}

describe("a hostile receiver", () => {
  const scene = setScene("hostile", { retry: { delays: [] }, timeout: LONG_TIMEOUT });
  const { create } = scene;

  /** The record of the one attempt of an event. */
  async function attempted(settings: Json = {}, data: Json = {}): Promise<AttemptJson> {
    const endpoint = await create(settings);
    await scene.service.client.publish({ type: scene.type, data });
    const delivery = await endpoint.ended("dead", "delivered");
    return delivery.attempts[0] as AttemptJson;
  }

  const answered = (answer: Answer, settings: Json = {}) => {
    scene.receiver.answer = () => answer;
    return attempted(settings);
  };

  describe("each failure has its code", () => {
    it.each([400, 404, 408, 429, 500, 503])("%i: status", async (status) => {
      const attempt = await answered({ kind: "status", status });
      expect(attempt).toMatchObject({ outcome: "failure", error: "status", response: { status } });
    });

    it.each([301, 302, 303, 304, 307, 308])("%i: redirect, not followed", async (status) => {
      const other = await Receiver.start();
      const attempt = await answered({ kind: "status", status, headers: { location: other.url } });
      expect(attempt).toMatchObject({ error: "redirect", response: { status } });
      expect(other.requests).toHaveLength(0);
      await other.stop();
    });

    it("no answer in time: timeout, after the endpoint's timeout", async () => {
      const attempt = await answered({ kind: "hang" }, { timeout: 1 });
      expect(attempt).toMatchObject({ error: "timeout", response: null });
      expect(attempt.duration_ms).toBeGreaterThanOrEqual(1000);
      expect(attempt.duration_ms).toBeLessThan(LONG_TIMEOUT * 1000);
    });

    it("a body that drips: response_too_slow, with what had come", async () => {
      const attempt = await answered({ kind: "drip", everyMs: 20 }, { timeout: 1 });
      expect(attempt).toMatchObject({
        error: "response_too_slow",
        response: { status: 200, truncated: true },
      });
      expect(attempt.response?.body).toMatch(/^x+$/);
      expect(attempt.duration_ms).toBeLessThan(LONG_TIMEOUT * 1000);
    });

    it("a connection that is closed without an answer: reset", async () => {
      expect(await answered({ kind: "close" })).toMatchObject({ error: "reset", response: null });
    });

    it("a connection that breaks within the body: reset, with what had come", async () => {
      // Its end is the beginning of no secret, which would be left out, in whatever way one may be spelled.
      const half = `half${".".repeat(20)}`;
      // Once it has the whole request: what it had not read would take the answer with it.
      const server = await RawReceiver.start(({ socket }) => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${half}`, () => socket.destroy());
      });
      const attempt = await attempted({ url: server.url, secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" });
      expect(attempt).toMatchObject({
        error: "reset",
        response: { status: 200, body: half, truncated: true },
      });
      await server.stop();
    });

    it("what is no HTTP: reset", async () => {
      const server = await RawReceiver.saying("SSH-2.0-OpenSSH_9.9\r\n");
      expect(await attempted({ url: server.url })).toMatchObject({ error: "reset" });
      await server.stop();
    });

    it("a closed port: connect", async () => {
      const url = `http://127.0.0.1:${await freePort()}/`;
      expect(await attempted({ url })).toMatchObject({ error: "connect", response: null });
    });

    it("an unknown name: dns", async () => {
      const attempt = await attempted({ url: "https://receiver.does-not-exist.test/" });
      expect(attempt).toMatchObject({ error: "dns", response: null });
    });

    it("a certificate that nobody trusts: tls, and no byte of the event goes out", async () => {
      let requests = 0;
      const server = createTlsServer(selfSigned, (_request, response) => {
        requests++;
        response.end();
      });
      server.on("tlsClientError", () => {});
      const attempt = await attempted({ url: `https://${await listen(server)}` });
      expect(attempt).toMatchObject({ error: "tls", response: null });
      expect(requests).toBe(0);
      server.close();
    });
  });

  describe("of an answer at most 16 KiB is kept", () => {
    it("a body of exactly 16 KiB whole", async () => {
      const body = "y".repeat(16 * KIB);
      const { response } = await answered({ kind: "status", status: 200, body });
      expect(response).toMatchObject({ body, truncated: false, encoding: "utf8" });
    });

    it("a longer one cut, not within a character", async () => {
      const body = `z${"ü".repeat(16 * KIB)}`;
      const { response } = await answered({ kind: "status", status: 500, body });
      expect(response).toMatchObject({ truncated: true, encoding: "utf8" });
      expect(response?.body).toBe(`z${"ü".repeat(8 * KIB - 1)}`);
    });

    it("one of 1 GB, without reading on", async () => {
      const attempt = await answered({ kind: "huge", bytes: 1024 ** 3 });
      expect(attempt).toMatchObject({ outcome: "success", error: null, response: { truncated: true } });
      expect(attempt.response?.body).toHaveLength(16 * KIB);
      await eventually("the end of the connection", () => scene.receiver.openConnections === 0);
      // What the sockets' buffers take on the way is a few megabytes.
      expect(scene.receiver.sentBytes).toBeLessThan(64 * KIB * KIB);
    });

    it("64 MB of zeros in a small compressed answer", async () => {
      const body = gzipSync(Buffer.alloc(64 * KIB * KIB));
      const headers = { "content-encoding": "gzip" };
      const { response } = await answered({ kind: "status", status: 200, headers, body });
      expect(response).toMatchObject({ truncated: true });
      expect(response?.body).toHaveLength(16 * KIB);
    });

    it("bytes that are not UTF-8, as base64", async () => {
      const body = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
      const { response } = await answered({ kind: "status", status: 200, body });
      expect(response).toMatchObject({ encoding: "base64", body: body.toString("base64"), truncated: false });
    });
  });

  it("answers of control characters do not fill the row: 21 attempts, and the event after them, go on", async () => {
    scene.receiver.answer = () => ({ kind: "status", status: 500, body: "\u0001".repeat(16 * KIB) });
    const endpoint = await create({
      retry: { delays: Array.from({ length: 20 }, () => 0.1) },
      serialize: true,
    });
    await scene.service.client.publish({ type: scene.type, data: { big: "b".repeat(900 * KIB) } });
    const { attempts } = await endpoint.ended("dead");
    expect(attempts).toHaveLength(21);
    expect(attempts.at(-1)?.response?.body).toHaveLength(16 * KIB);
    expect(attempts.every(({ error, response }) => error === "status" && response?.status === 500)).toBe(
      true,
    );
    scene.receiver.answer = () => ok;
    await scene.service.client.publish({ type: scene.type, data: {} });
    await endpoint.ended("delivered");
  });

  it("a receiver that sends back what it was sent does not put secrets on record", async () => {
    scene.receiver.answer = ({ headers }) => ({
      kind: "status",
      status: 200,
      headers: { "x-echo": String(headers.authorization) },
      body: JSON.stringify(headers),
    });
    const attempt = await attempted({
      headers: { "X-Team-Key": "the-teams-own-key" },
      auth: { type: "bearer", token: "the-bearer-token" },
    });
    expect(scene.receiver.requests[0]?.headers["x-team-key"]).toBe("the-teams-own-key");
    const record = JSON.stringify(attempt);
    expect(record).not.toContain("the-teams-own-key");
    expect(record).not.toContain("the-bearer-token");
    expect(attempt.response?.headers["x-echo"]).toBe("***");
  });

  it("answers without end stop nobody: each attempt ends by itself, and workerd lives on", async () => {
    const { service } = scene;
    const before = service.workerdPid;
    const receivers = await EndlessReceivers.start();
    const endpoints = await Promise.all(
      receivers.all.map(async ({ url, error }) => ({ error, endpoint: await create({ url, timeout: 2 }) })),
    );
    const next = await create();
    await service.client.publish({ type: scene.type, data: {} });
    const ends = endpoints.map(async ({ endpoint, error }) => {
      const { attempts } = await endpoint.ended("dead", "delivered");
      return [attempts.length, attempts[0]?.error, error];
    });
    for (const [count, error, expected] of await Promise.all(ends))
      expect([count, error]).toEqual([1, expected]);
    await next.ended("delivered");
    expect(service.workerdPid).toBe(before);
    receivers.stop();
  });

  it.runIf(existsSync(TCP_SOCKETS))(
    "one that neither reads nor answers does not keep its connection once the time is over",
    async () => {
      const server = createServer({ pauseOnConnect: true }, (socket) => socket.on("error", () => {}));
      const url = `http://${await listen(server)}`;
      const attempt = await attempted({ url, timeout: 1 }, { big: "b".repeat(900 * KIB) });
      expect(attempt).toMatchObject({ error: "timeout", response: null });
      await eventually("the end of the connection", () => connectionsTo(new URL(url).port) === 0);
      server.close();
    },
  );
});

/** How many connections to a port the system has that are open at the side that called. */
function connectionsTo(port: string): number {
  const hexPort = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const [ESTABLISHED, lines] = ["01", readFileSync(TCP_SOCKETS, "utf8").trim().split("\n")];
  return lines.filter((line) => {
    const [, , remote, state] = line.trim().split(/\s+/);
    return remote?.endsWith(`:${hexPort}`) && state === ESTABLISHED;
  }).length;
}
