import { afterEach, describe, expect, it } from "vitest";
import type { AttemptJson } from "./endpoint.ts";
import { KEPT_OK, RawReceiver, type RawRequest } from "./raw-receiver.ts";
import { setScene } from "./scene.ts";

/** Answers the first request of each connection, and closes it as the next one comes: as if its time were just over. */
function closingKept({ socket, nth }: RawRequest): void {
  if (nth === 1) socket.write(KEPT_OK);
  else socket.destroy();
}

describe("a kept connection that the receiver is closing", () => {
  const scene = setScene("kept", { retry: { delays: [] } });
  const receivers: RawReceiver[] = [];

  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
  });

  async function receive(answer: (request: RawRequest) => void): Promise<RawReceiver> {
    const receiver = await RawReceiver.start(answer);
    receivers.push(receiver);
    return receiver;
  }

  it("costs no attempt: the request is sent once more at once, on a new one", async () => {
    const { url } = await receive(closingKept);
    const endpoint = await scene.create({ url, serialize: true, disable_after: { consecutive_failures: 1 } });
    await scene.publish(8);
    const deliveries = await endpoint.untilCount(8, "delivered");
    expect(deliveries.map(({ attempt_count: count }) => count)).toEqual(Array(8).fill(1));
    expect(await endpoint.get()).toMatchObject({ status: "enabled" });
  });

  it("costs none either where six are closed in the same moment, again and again", async () => {
    const { url } = await receive(closingKept);
    const endpoint = await scene.create({ url, max_in_flight: 6 });
    for (const round of [1, 2, 3, 4]) {
      await scene.publish(6);
      await endpoint.untilCount(6 * round, "delivered");
    }
    expect(await endpoint.deliveries("status=dead")).toEqual([]);
  });

  it("does not fail a test event", async () => {
    const { url } = await receive(closingKept);
    const endpoint = await scene.create({ url });
    for (let n = 0; n < 4; n++) {
      expect(await endpoint.post("/test", 200)).toMatchObject({ outcome: "success", number: 1 });
    }
  });

  it("does not fail the request for a token", async () => {
    const tokens = await receive(({ socket, nth }) => {
      const body = JSON.stringify({ access_token: "a-token-of-today", expires_in: 0 });
      if (nth === 1) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      else socket.destroy();
    });
    const { url } = await receive(closingKept);
    const auth = { type: "oauth2", token_url: tokens.url, client_id: "id", client_secret: "a-client-secret" };
    const endpoint = await scene.create({ url, serialize: true, auth });
    await scene.publish(4);
    await endpoint.untilCount(4, "delivered");
  });

  it("at a receiver that resets every request is a reset, and each attempt one request", async () => {
    const receiver = await receive(({ socket }) => socket.destroy());
    const endpoint = await scene.create({ url: receiver.url, retry: { delays: [0.1, 0.1] } });
    await scene.publish(1);
    const { attempts } = await endpoint.ended("dead");
    expect(attempts.map(({ error }) => error)).toEqual(["reset", "reset", "reset"]);
    expect(receiver.requests).toEqual(Array(3).fill("POST /webhooks HTTP/1.1"));
  });

  it("is tried once more only until the new connection is reset, too", async () => {
    let answered = 0;
    const receiver = await receive(({ socket }) => {
      if (answered++ === 0) socket.write(KEPT_OK);
      else socket.destroy();
    });
    const endpoint = await scene.create({ url: receiver.url, retry: { delays: [0.1, 0.1] } });
    await scene.publish(1);
    await endpoint.ended("delivered");
    await scene.publish(1);
    const { attempts } = await endpoint.ended("dead");
    expect(attempts.map(({ error }) => error)).toEqual(["reset", "reset", "reset"]);
    expect(receiver.requests).toHaveLength(1 + 2 + 1 + 1);
  });

  it("times out where the second request gets no answer", async () => {
    let connections = 0;
    const receiver = await receive(({ socket, nth }) => {
      if (nth === 1 && connections++ === 0) socket.write(KEPT_OK);
      else if (nth > 1) socket.destroy();
    });
    const endpoint = await scene.create({ url: receiver.url, timeout: 1 });
    await scene.publish(1);
    await endpoint.ended("delivered");
    await scene.publish(1);
    const [attempt] = (await endpoint.ended("dead")).attempts as [AttemptJson];
    expect(attempt).toMatchObject({ error: "timeout", response: null });
    expect(receiver.requests).toHaveLength(3);
  });

  it("gives the answer to the request on the new one, with its headers and its body", async () => {
    const chunked =
      "HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\nX-Which: second\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    let connections = 0;
    const { url } = await receive(({ socket, nth }) => {
      if (nth > 1) socket.destroy();
      else socket.write(connections++ === 0 ? KEPT_OK : chunked);
    });
    const endpoint = await scene.create({ url });
    await endpoint.post("/test", 200);
    expect(await endpoint.post("/test", 200)).toMatchObject({
      outcome: "success",
      response: { status: 201, body: "abcde", truncated: false, headers: { "x-which": "second" } },
    });
  });
});
