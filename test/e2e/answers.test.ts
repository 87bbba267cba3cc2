import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import type { AttemptJson } from "./endpoint.ts";
import { RawReceiver } from "./raw-receiver.ts";
import { setScene } from "./scene.ts";

const KIB = 1024;
const EMPTY = "Content-Length: 0\r\n\r\n";

describe("an answer", () => {
  const scene = setScene("answers", { retry: { delays: [] } });
  const receivers: RawReceiver[] = [];

  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
  });

  /** The records of the one attempt at each of some receivers, by what these say. */
  async function allRecorded(answers: Record<string, string | Buffer>, settings: Json = {}) {
    const endpoints = await Promise.all(
      Object.entries(answers).map(async ([name, answer]) => {
        const receiver = await RawReceiver.saying(answer);
        receivers.push(receiver);
        return { name, receiver, endpoint: await scene.create({ url: receiver.url, ...settings }) };
      }),
    );
    await scene.publish(1);
    const records = endpoints.map(async ({ name, receiver, endpoint }) => {
      const { attempts } = await endpoint.ended("dead", "delivered");
      expect(receiver.requests).toEqual(["POST /webhooks HTTP/1.1"]);
      return [name, attempts[0] as AttemptJson] as const;
    });
    return Object.fromEntries(await Promise.all(records));
  }

  async function recorded(answer: string | Buffer, settings: Json = {}): Promise<AttemptJson> {
    const { only } = await allRecorded({ only: answer }, settings);
    return only as AttemptJson;
  }

  const coded = (coding: string, body: Buffer | string) =>
    Buffer.concat([
      Buffer.from(`HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`),
      Buffer.from(body),
    ]);

  it("with 2xx is a success, whatever is wrong with its representation", async () => {
    const records = await allRecorded({
      "gzip and no body": coded("gzip", ""),
      "plain text called gzip": coded("gzip", "thanks"),
      "plain text called br": coded("br", "thanks"),
      "plain text in a coding that nobody knows": coded("x-own", "thanks"),
      "a cut gzip": coded("gzip", gzipSync("x".repeat(900)).subarray(0, -8)),
      "two codings": coded("gzip, br", brotliCompressSync(gzipSync("thanks"))),
      "two codings of which one is not there": coded("gzip, br", gzipSync("thanks")),
      gzip: coded("GZIP", gzipSync("thanks")),
      br: coded("br", brotliCompressSync("thanks")),
      deflate: coded("deflate", deflateSync("thanks")),
      "deflate without a header": coded("deflate", deflateRawSync("thanks")),
      "a misspelled charset": `HTTP/1.1 200 OK\r\nContent-Type: a/b; charset=utf8\r\n${EMPTY}`,
      "an empty body in chunks": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "no reason phrase": `HTTP/1.1 200\r\n${EMPTY}`,
      "HTTP/1.0": `HTTP/1.0 200 OK\r\n${EMPTY}`,
    });
    const errors = Object.entries(records).filter(
      ([, { outcome, error }]) => outcome !== "success" || error !== null,
    );
    expect(errors).toEqual([]);
    const bodies = Object.entries(records).map(([name, { response }]) => [name, response?.body]);
    expect(Object.fromEntries(bodies)).toEqual({
      "gzip and no body": "",
      "plain text called gzip": "thanks",
      "plain text called br": "thanks",
      "plain text in a coding that nobody knows": "thanks",
      "a cut gzip": expect.stringMatching(/^x{100,900}$/),
      "two codings": "thanks",
      "two codings of which one is not there": "",
      gzip: "thanks",
      br: "thanks",
      deflate: "thanks",
      "deflate without a header": "thanks",
      "a misspelled charset": "",
      "an empty body in chunks": "",
      "no reason phrase": "",
      "HTTP/1.0": "",
    });
  });

  it("of few bytes that become 16 MB is kept in its first 16 KiB", async () => {
    const bomb = brotliCompressSync(Buffer.alloc(16 * KIB * KIB, "z"));
    const { outcome, response } = await recorded(coded("br", bomb));
    expect(outcome).toBe("success");
    expect(response).toMatchObject({ truncated: true, body: "z".repeat(16 * KIB) });
  });

  it("whose body ends before its length is a reset: the message is not complete", async () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\nhalf";
    expect(await recorded(answer)).toMatchObject({
      outcome: "failure",
      error: "reset",
      response: { status: 200 },
    });
  });

  it("shows no secret that its coding hid", async () => {
    const token = "a-token-that-nobody-may-read";
    const { response } = await recorded(coded("gzip", gzipSync(`you sent ${token}`)), {
      auth: { type: "bearer", token },
    });
    expect(response?.body).toBe("you sent ***");
  });

  it("that is none of HTTP/1.1 is invalid_answer", async () => {
    const records = await allRecorded({
      "a status line of HTTP/2": `HTTP/2 200 OK\r\n${EMPTY}`,
      "a status line of ICY": `ICY 200 OK\r\n${EMPTY}`,
      "a status of two digits": `HTTP/1.1 20 OK\r\n${EMPTY}`,
      "a header name with a space": `HTTP/1.1 200 OK\r\nX Y: z\r\n${EMPTY}`,
      "a header without a colon": `HTTP/1.1 200 OK\r\nX-Y\r\n${EMPTY}`,
      "a header without a name": `HTTP/1.1 200 OK\r\n: z\r\n${EMPTY}`,
      "a header with a null byte": `HTTP/1.1 200 OK\r\nX-Y: a\0b\r\n${EMPTY}`,
      "a length that is no number": "HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nhi",
      "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    });
    for (const [name, record] of Object.entries(records))
      expect([name, record.outcome, record.error, record.response]).toEqual([
        name,
        "failure",
        "invalid_answer",
        null,
      ]);
  });

  it("that ends within its header is a reset", async () => {
    expect(await recorded("HTTP/1.1 200 OK\r\nX-Y: z")).toMatchObject({ error: "reset", response: null });
  });

  it("is on record with all of its repeated headers", async () => {
    const cookies = "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nX-Y: 1\r\nX-Y: 2\r\n";
    const { response } = await recorded(`HTTP/1.1 200 OK\r\n${cookies}${EMPTY}`);
    expect(response?.headers).toMatchObject({ "set-cookie": "a=1; Path=/, b=2", "x-y": "1, 2" });
  });

  it("of any media type is asked for, unless the endpoint's own header asks for another", async () => {
    const endpoint = await scene.create();
    const own = await scene.create({ headers: { accept: "application/json" } });
    await scene.publish(1);
    await scene.receiver.received(2);
    const sent = scene.receiver.requests.map(({ headers }) => headers.accept).sort();
    expect(sent).toEqual(["*/*", "application/json"]);
    const headersOf = async ({ attempts }: { attempts: AttemptJson[] }) => attempts[0]?.request.headers;
    expect(await headersOf(await endpoint.ended("delivered"))).toMatchObject({ Accept: "*/*" });
    expect(await headersOf(await own.ended("delivered"))).not.toHaveProperty("Accept");
  });

  it("keeps its content type where the endpoint's own Accept names it", async () => {
    const answer = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${EMPTY}`;
    const { response } = await recorded(answer, { headers: { Accept: "application/json" } });
    expect(response?.headers["content-type"]).toBe("application/json");
  });
});
