import { describe, expect, it } from "vitest";
import { AnsweredOrigins, type RequestOptions, resendingOnce } from "../../../src/delivery/attempt/resend.ts";
import { START } from "../events.ts";

const url = "https://receiver.example/webhooks";
const lost = () => new Error("Network connection lost.");

/** What is sent; each result is taken in turn. */
function network(results: (Response | Error)[]) {
  const sent: RequestOptions[] = [];
  const port = {
    send: async (_: string, options: RequestOptions) => {
      sent.push(options);
      const result = results.shift();
      if (result instanceof Response) return result;
      throw result;
    },
    answeredOrigins: new AnsweredOrigins(),
    nowMs: () => START,
  };
  return { sent, port };
}

const options = (signal = new AbortController().signal): RequestOptions => ({
  method: "POST",
  headers: { "webhook-id": "evt_1" },
  body: "{}",
  signal,
});

describe("a request whose connection was lost", () => {
  it("is sent once more as it was, under the same time limit, where its origin answered lately", async () => {
    const { port, sent } = network([lost(), new Response("ok")]);
    port.answeredOrigins.noteAnswered(url, START - 60_000);
    const given = options();
    expect(await (await resendingOnce(port)(url, given)).body).not.toBeNull();
    expect(sent).toEqual([given, given]);
  });

  it("is sent once more once for all that an attempt sends", async () => {
    const { port, sent } = network([lost(), new Response(null, { status: 401 }), lost()]);
    port.answeredOrigins.noteAnswered(url, START);
    const send = resendingOnce(port);
    expect((await send(url, options())).status).toBe(401);
    await expect(send(url, options())).rejects.toThrow("lost");
    expect(sent).toHaveLength(3);
  });

  it.each([
    ["never answered", () => {}, lost()],
    [
      "has not answered for long",
      (origins: AnsweredOrigins) => origins.noteAnswered(url, START - 90_001),
      lost(),
    ],
    [
      "is another one",
      (origins: AnsweredOrigins) => origins.noteAnswered("https://receiver.example:8443/", START),
      lost(),
    ],
    [
      "reset a new connection, too",
      (origins: AnsweredOrigins) => {
        origins.noteAnswered(url, START);
        origins.forget(url);
      },
      lost(),
    ],
    [
      "could not be understood",
      (origins: AnsweredOrigins) => origins.noteAnswered(url, START),
      new Error("internal error"),
    ],
  ])("is not where the origin %s", async (_, before, error) => {
    const { port, sent } = network([error]);
    before(port.answeredOrigins);
    await expect(resendingOnce(port)(url, options())).rejects.toThrow(error);
    expect(sent).toHaveLength(1);
  });

  it("is not once the time is over", async () => {
    const { port, sent } = network([lost()]);
    port.answeredOrigins.noteAnswered(url, START);
    await expect(resendingOnce(port)(url, options(AbortSignal.abort()))).rejects.toThrow("lost");
    expect(sent).toHaveLength(1);
  });

  it("makes its origin one that is not called twice, where the second is reset, too", async () => {
    const { port, sent } = network([lost(), lost(), lost()]);
    port.answeredOrigins.noteAnswered(url, START);
    await expect(resendingOnce(port)(url, options())).rejects.toThrow("lost");
    await expect(resendingOnce(port)(url, options())).rejects.toThrow("lost");
    expect(sent).toHaveLength(3);
  });
});

it("no more than 10,000 origins are remembered, the newest of them", () => {
  const origins = new AnsweredOrigins();
  for (let n = 0; n < 10_001; n++) origins.noteAnswered(`https://r${n}.example/`, START);
  expect(origins.mayBeKept("https://r0.example/", START)).toBe(false);
  expect(origins.mayBeKept("https://r1.example/", START)).toBe(true);
  expect(origins.mayBeKept("https://r10000.example/", START)).toBe(true);
});
