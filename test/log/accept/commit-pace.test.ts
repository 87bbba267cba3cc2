import { describe, expect, it } from "vitest";
import { CommitPace } from "../../../src/log/accept/commit-pace.ts";

/** A disk on which each commit takes as long, and requests that come in groups; returns when the next one comes. */
function committed(pace: CommitPace, groups: number, requests: number, commitMs: number): number {
  let nowMs = 1_000_000;
  for (let group = 0; group < groups; group++) {
    nowMs += pace.lingerMs(1, nowMs);
    const durable = pace.begin(requests, nowMs);
    nowMs += commitMs;
    durable(nowMs);
  }
  return nowMs;
}

describe("how long a log waits with its next commit", () => {
  it("waits for nobody where each request comes alone, however slow the disk is", () => {
    const pace = new CommitPace();
    expect(pace.lingerMs(1, 0)).toBe(0);
    const nowMs = committed(pace, 100, 1, 20);
    expect(pace.lingerMs(1, nowMs)).toBe(0);
  });

  it.each([
    { commitMs: 0, lingerMs: 1 },
    { commitMs: 1, lingerMs: 3 },
    { commitMs: 4, lingerMs: 5 },
    { commitMs: 1000, lingerMs: 5 },
  ])("waits $lingerMs ms for others where many share a commit of $commitMs ms", ({ commitMs, lingerMs }) => {
    const pace = new CommitPace();
    const nowMs = committed(pace, 100, 10, commitMs);
    expect(pace.lingerMs(1, nowMs)).toBe(lingerMs);
  });

  it("counts from the end of the last commit, also while that is not on disk and where the clock was set back", () => {
    const pace = new CommitPace();
    const nowMs = committed(pace, 100, 10, 1);
    expect(pace.lingerMs(1, nowMs + 2)).toBe(1);
    expect(pace.lingerMs(1, nowMs + 500)).toBe(0);
    expect(pace.lingerMs(1, nowMs - 60_000)).toBe(3);
    pace.begin(10, nowMs + 500);
    expect(pace.lingerMs(1, nowMs + 501)).toBe(3);
  });

  it("waits for no more than as many as shared the last commits", () => {
    const pace = new CommitPace();
    const nowMs = committed(pace, 100, 10, 4);
    expect(pace.lingerMs(9, nowMs)).toBe(5);
    expect(pace.lingerMs(10, nowMs)).toBe(0);
  });

  it("waits for nobody again once requests come alone", () => {
    const pace = new CommitPace();
    committed(pace, 100, 10, 4);
    const nowMs = committed(pace, 20, 1, 4);
    expect(pace.lingerMs(1, nowMs)).toBe(0);
  });

  it("commits a request at once where each came alone, but not while the one before is on its way to the disk", () => {
    const pace = new CommitPace();
    expect(pace.takesOneByOne).toBe(true);
    const nowMs = committed(pace, 10, 1, 4);
    expect(pace.takesOneByOne).toBe(true);
    const durable = pace.begin(1, nowMs);
    expect(pace.takesOneByOne).toBe(false);
    durable(nowMs + 4);
    expect(pace.takesOneByOne).toBe(true);
    committed(pace, 1, 3, 4);
    expect(pace.takesOneByOne).toBe(false);
    committed(pace, 20, 1, 4);
    expect(pace.takesOneByOne).toBe(true);
  });

  it("has requests that keep meeting each other's commits wait for a common one, however few they are", () => {
    const pace = new CommitPace();
    for (let pair = 0; pair < 20; pair++) {
      const durable = [pace.begin(1, pair * 10), pace.begin(1, pair * 10)];
      for (const end of durable) end(pair * 10 + 4);
    }
    expect(pace.takesOneByOne).toBe(false);
    expect(pace.lingerMs(1, 1000)).toBe(0);
  });

  it("commits nothing at once until all that is on its way is on disk", () => {
    const pace = new CommitPace();
    const [first, second] = [pace.begin(1, 0), pace.begin(1, 1)];
    first(2);
    expect(pace.takesOneByOne).toBe(false);
    second(3);
    expect(pace.takesOneByOne).toBe(true);
  });
});
