import { describe, expect, it } from "vitest";
import { ASK_MS, MOST_MS, MOST_WHERE_DEAR_MS, waitMs } from "../../../src/dashboard/api/how-often.ts";

describe("how often a page asks what is new", () => {
  it("asks every few seconds where no socket tells it, and more rarely where an answer takes long", () => {
    expect([waitMs(ASK_MS, 5, false), waitMs(ASK_MS, 200, false)]).toEqual([3000, 10_000]);
  });

  it("asks within seconds all the same where a busy machine took long for one answer", () => {
    expect([waitMs(ASK_MS, 600, false), waitMs(ASK_MS, 1000, false)]).toEqual([MOST_MS, MOST_MS]);
  });

  it("asks once a minute for what takes the service seconds, with a socket and without", () => {
    for (const isLive of [false, true]) expect(waitMs(ASK_MS, 10_000, isLive)).toBe(MOST_WHERE_DEAR_MS);
  });

  it("asks now and then beside a socket, so that what that did not tell is shown all the same", () => {
    expect(waitMs(ASK_MS, 5, true)).toBe(MOST_MS);
  });
});
