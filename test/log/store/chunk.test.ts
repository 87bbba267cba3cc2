import { describe, expect, it, vi } from "vitest";
import type { LoggedEvent } from "../../../src/domain/event.ts";
import {
  approximateBytes,
  decodeChunk,
  encodeChunk,
  encodeRuns,
  splitRuns,
} from "../../../src/log/store/chunk.ts";
import { filler, loggedEvent } from "../events.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

describe("a chunk", () => {
  it("gives back what was put in, byte for byte", () => {
    const events: LoggedEvent[] = [
      loggedEvent(1, { data: '{"名":"☃ \\ud834\\udd1e 𝄞"}', tags: ["é"], context: { "k\u0000": "v\n" } }),
      loggedEvent(2, { data: '\ufeff{ "n" : 1.0e+2 }', endpoints: [1, 2, 70_000], missed: [3] }),
      loggedEvent(3, {
        sent: { created: true, apiVersion: false, tags: true, context: false },
        created: 0,
        data: filler(1_000_000),
      }),
      loggedEvent(4, { context: JSON.parse('{"__proto__":"x"}'), data: "{}" }),
      loggedEvent(5, { ownId: "order 7" }),
      loggedEvent(6, { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` }),
      loggedEvent(7, { ownId: "order 8", traceparent: `00-${"c".repeat(32)}-${"d".repeat(16)}-00` }),
    ];
    expect(decodeChunk(encodeChunk(events))).toEqual(events);
    // `toEqual` looks away from such a key.
    expect(Object.keys(decodeChunk(encodeChunk(events))[3]?.context ?? {})).toEqual(["__proto__"]);
  });

  it("gives only what is asked for, which is asked by everything but data", () => {
    const events = [1, 2, 3].map((n) => loggedEvent(n, { data: `"é${n}"` }));
    const asked: LoggedEvent[] = [];
    const [only, ...others] = decodeChunk(encodeChunk(events), (event) => {
      asked.push({ ...event });
      return event.position === events[1]?.position;
    });
    expect(only).toEqual(events[1]);
    expect(others).toEqual([]);
    expect(asked.map(({ data }) => data)).toEqual(["", "", ""]);
  });

  it("gives summaries without data", () => {
    const events = [loggedEvent(1, { data: '"x"' })];
    expect(decodeChunk(encodeChunk(events), undefined, "summaries")).toEqual([{ ...events[0], data: "" }]);
  });

  it("names a set of endpoints once, however many events share it", () => {
    const endpoints = Array.from({ length: 5000 }, (_, i) => i);
    const one = encodeChunk([loggedEvent(1, { endpoints })]).length;
    const hundred = encodeChunk(Array.from({ length: 100 }, (_, n) => loggedEvent(n, { endpoints }))).length;
    expect(hundred - one).toBeLessThan(100 * 200);
  });

  it("writes a set out once, however many events share it", () => {
    const endpoints = Array.from({ length: 100 }, (_, i) => i);
    const join = vi.spyOn(endpoints, "join");
    const events = Array.from({ length: 500 }, (_, n) => loggedEvent(n, { endpoints, missed: endpoints }));
    expect(decodeChunk(encodeChunk(events))).toEqual(events);
    expect(join).toHaveBeenCalledOnce();
  });

  it("is read from within a larger buffer too", () => {
    const chunk = encodeChunk([loggedEvent(1)]);
    const buffer = new Uint8Array(chunk.length + 7);
    buffer.set(chunk, 7);
    expect(decodeChunk(buffer.subarray(7))).toEqual([loggedEvent(1)]);
  });
});

describe("runs of events", () => {
  it("keep the order, and stay within their size but for a larger event alone", () => {
    const sizes = [10, 500, 5000, 20, 900, 30];
    const events = sizes.map((size, n) => loggedEvent(n, { data: filler(size) }));
    const runs = splitRuns(events, 1500);
    expect(runs.flat()).toEqual(events);
    for (const run of runs) {
      const bytes = run.reduce((total, event) => total + approximateBytes(event), 0);
      expect(run.length === 1 || bytes <= 1500).toBe(true);
    }
  });

  it("count the sets of their events, each once", () => {
    const shared = Array.from({ length: 1000 }, (_, i) => 1000 + i);
    const alike = Array.from({ length: 20 }, (_, n) => loggedEvent(n, { endpoints: shared }));
    expect(splitRuns(alike, 12_000)).toHaveLength(1);
    const unlike = alike.map((event) => ({ ...event, endpoints: [...shared] }));
    const runs = splitRuns(unlike, 12_000);
    expect(runs.flat()).toEqual(unlike);
    expect(runs.map((run) => run.length)).toEqual(Array(10).fill(2));
  });

  it("are halved where they are larger than was guessed", () => {
    // Three bytes a character, and a match of its own each: far more than their UTF-16 length tells.
    const events = Array.from({ length: 64 }, (_, n) =>
      loggedEvent(n, {
        data: "語".repeat(2000),
        endpoints: Array.from({ length: 500 }, (_, i) => i * 64 + n),
      }),
    );
    const runs = encodeRuns(events, 1_000_000, 100_000);
    expect(runs.flatMap((run) => run.events)).toEqual(events);
    for (const { bytes } of runs) expect(bytes.length).toBeLessThanOrEqual(100_000);
    expect(runs.flatMap(({ bytes }) => decodeChunk(bytes))).toEqual(events);
  });

  it("of one event too large stay one", () => {
    const [run, ...others] = encodeRuns([loggedEvent(1, { data: filler(5000) })], 100, 100);
    expect(run?.events).toHaveLength(1);
    expect(others).toEqual([]);
  });
});

describe("the guess of an event's size", () => {
  it("is not below what plain text takes, tags and context included", () => {
    const event = loggedEvent(1, {
      data: filler(300),
      tags: Array.from({ length: 64 }, (_, i) => `${filler(120)}${i}`),
      context: Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`${filler(250)}${i}`, filler(256)])),
    });
    expect(approximateBytes(event)).toBeGreaterThanOrEqual(encodeChunk([event]).length - 50);
    expect(approximateBytes(event)).toBeGreaterThan(bytesOf(event.data));
  });
});
