import { afterEach, describe, expect, it, vi } from "vitest";
import { Conversation } from "../../src/local/conversation.ts";

const UPGRADE = "GET /v1/tail HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
const SWITCHES = Buffer.from("HTTP/1.1 101 Switching Protocols\r\n\r\n");
const KIB = 1024;

/** The header of a masked frame that says that so many bytes follow. */
function header(length: number, first = 0x81): Buffer {
  const mask = [1, 2, 3, 4];
  if (length < 126) return Buffer.from([first, 0x80 | length, ...mask]);
  const long = Buffer.alloc(8);
  long.writeBigUInt64BE(BigInt(length));
  return length < 65_536
    ? Buffer.from([first, 0x80 | 126, length >> 8, length & 255, ...mask])
    : Buffer.from([first, 0x80 | 127, ...long, ...mask]);
}

const frame = (length: number, first?: number) =>
  Buffer.concat([header(length, first), Buffer.alloc(length)]);

/** One that has a WebSocket. */
function socket(): Conversation {
  const conversation = new Conversation();
  conversation.asks(Buffer.from(UPGRADE));
  expect(conversation.answers(SWITCHES)).toBe(true);
  return conversation;
}

describe("what a caller of the local server may say", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("lets messages of up to 1 MiB pass over a WebSocket, in whatever parts they come", () => {
    const sent = Buffer.concat([125, 126, 65_535, 65_536, 1024 * KIB, 0].map((length) => frame(length)));
    expect(socket().asks(Buffer.concat([sent, sent]))).toBe(true);
    const bytewise = socket();
    expect([...frame(300), ...frame(3)].every((byte) => bytewise.asks(Buffer.from([byte])))).toBe(true);
  });

  it("cuts off one who begins a longer message, before any of it is kept", () => {
    for (const length of [1024 * KIB + 1, 33_000_000, 2 ** 52, 2 ** 63])
      expect(socket().asks(header(length))).toBe(false);
  });

  it("adds the parts of a message up, with pings between them", () => {
    const parts = socket();
    expect(parts.asks(frame(800 * KIB, 0x01))).toBe(true);
    expect(parts.asks(frame(20, 0x89))).toBe(true);
    expect(parts.asks(frame(225 * KIB, 0x80))).toBe(false);
    const whole = socket();
    for (let n = 0; n < 5; n++) expect(whole.asks(frame(800 * KIB))).toBe(true);
  });

  it("cuts off one who sends frames faster than anybody who is served, of whatever kind", () => {
    for (const first of [0x81, 0x89, 0x8a, 0x00]) {
      const clock = vi.spyOn(performance, "now").mockReturnValue(0);
      const fast = socket();
      const thousand = Buffer.concat(Array.from({ length: 1000 }, () => frame(4, first)));
      expect(fast.asks(thousand)).toBe(true);
      expect(fast.asks(thousand)).toBe(true);
      clock.mockReturnValue(1000);
      expect(fast.asks(thousand)).toBe(true);
      expect(fast.asks(frame(0, first))).toBe(false);
    }
  });

  it("opens no WebSocket to one who spoke before it was there: where its frames begin is not known", () => {
    const early = (...said: (string | Buffer)[]) => {
      const conversation = new Conversation();
      for (const one of said) conversation.asks(Buffer.from(one));
      return conversation.answers(SWITCHES);
    };
    expect(early(UPGRADE)).toBe(true);
    expect(early(UPGRADE.slice(0, -2), "\r\n")).toBe(true);
    expect(early(UPGRADE, header(33_000_000))).toBe(false);
    expect(early(UPGRADE + header(33_000_000).toString("latin1"))).toBe(false);
    expect(early(`${UPGRADE}frames\r\n\r\n`)).toBe(false);
    expect(early(UPGRADE, UPGRADE)).toBe(false);
  });

  it("takes no body that shows such an answer for one", () => {
    const conversation = new Conversation();
    const shown = JSON.stringify({ body: String(SWITCHES) });
    for (let n = 0; n < 3000; n++) {
      conversation.asks(Buffer.from("GET /v1/deliveries HTTP/1.1\r\nHost: a\r\n\r\n"));
      expect(conversation.answers(Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${shown}`))).toBe(true);
    }
    expect(conversation.asks(Buffer.alloc(300_000, 0x7e))).toBe(true);
  });

  it("knows a WebSocket on a connection that made other requests before", () => {
    const conversation = new Conversation();
    for (let n = 0; n < 2; n++) {
      conversation.asks(Buffer.from("POST /v1/events HTTP/1.1\r\nContent-Length: 300000\r\n\r\n"));
      conversation.asks(Buffer.alloc(300_000, "x"));
      expect(conversation.answers(Buffer.from("HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}"))).toBe(
        true,
      );
    }
    conversation.asks(Buffer.from(UPGRADE));
    expect(conversation.answers(SWITCHES)).toBe(true);
    expect(conversation.asks(header(33_000_000))).toBe(false);
  });
});
