import { describe, expect, it } from "vitest";
import { Arrivals } from "../../../src/delivery/attempt/arrivals.ts";
import { readHead } from "../../../src/delivery/attempt/http-answer.ts";

/** The head of an answer that arrives in one piece. */
function headOf(text: string) {
  const pieces = [new TextEncoder().encode(text)];
  return readHead(new Arrivals(async () => pieces.shift() ?? null));
}

describe("the head of an answer", () => {
  it("has a value that goes on in further lines joined by spaces, be it one of several of its name", async () => {
    const { headers } = await headOf(
      "HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: a\r\n b\r\n\tc  \r\nX-B:\r\n  d\r\nContent-Length: 0\r\n\r\n",
    );
    expect([headers.get("x-a"), headers.get("x-b"), headers.get("content-length")]).toEqual([
      "1, a b c",
      "d",
      "0",
    ]);
  });

  it.each([
    ["a line that goes on with nothing", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n"],
    ["a length that goes on", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 3\r\n\r\n"],
    ["a zero in a line that goes on", "HTTP/1.1 200 OK\r\nX: a\r\n b\0\r\n\r\n"],
    ["another protocol", "HTTP/2.0 200 OK\r\n\r\n"],
  ])("that has %s is invalid", async (_, text) => {
    await expect(headOf(text)).rejects.toThrow();
  });

  it("is read in every version 1.x, whose later ones differ in nothing that an answer depends on", async () => {
    expect((await headOf("HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n")).status).toBe(200);
  });
});
