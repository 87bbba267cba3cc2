import { describe, expect, it } from "vitest";
import { eventIdAt, nextPosition } from "../../src/domain/ids.ts";
import {
  logName,
  logOfEventId,
  logOfKey,
  logOfName,
  logOfPosition,
  MOST_LOGS,
  nextPositionOf,
} from "../../src/domain/log-shards.ts";

const NOW = 1_796_000_000_123;

describe("positions of several logs", () => {
  it("are never shared, rise within each log, and tell the time as those of one log do", () => {
    const given = new Set<number>();
    for (let log = 0; log < MOST_LOGS; log++) {
      let last = 0;
      for (let i = 0; i < 40; i++) {
        const next = nextPositionOf(log, last, NOW);
        expect(next).toBeGreaterThan(last);
        expect(given.has(next)).toBe(false);
        given.add(next);
        last = next;
      }
      expect(nextPositionOf(log, 0, NOW) - nextPosition(0, NOW)).toBeLessThan(MOST_LOGS);
    }
  });

  it("never go back though the clock does", () => {
    const last = nextPositionOf(5, 0, NOW);
    expect(nextPositionOf(5, last, NOW - 60_000)).toBe(last + MOST_LOGS);
  });

  it("tell the log, and the event's id tells it, too; older ones are all of log 0", () => {
    for (const log of [0, 1, 17, 31]) {
      const position = nextPositionOf(log, 0, NOW);
      expect(logOfPosition(position, position - 100)).toBe(log);
      expect(logOfEventId(eventIdAt(position, [1, 2, 3]))).toBe(log);
      expect(logOfPosition(position, position + 100)).toBe(0);
      expect(logOfPosition(position, null)).toBe(0);
    }
  });
});

it("log 0 has the workspace's own name, the others beside it their number", () => {
  expect([logName("ws_1_eu", 0), logName("ws_1_eu", 3)]).toEqual(["ws_1_eu", "ws_1_eu/3"]);
  expect(logOfName("ws_1_eu/31")).toEqual({ workspaceId: "ws_1_eu", number: 31 });
  expect(logOfName("ws_1")).toEqual({ workspaceId: "ws_1", number: 0 });
});

it("keys are spread over all logs, each always to the same", () => {
  const logs = Array.from({ length: 400 }, (_, i) => logOfKey(`customer ${i}`, 8));
  expect(new Set(logs).size).toBe(8);
  expect(logs).toEqual(Array.from({ length: 400 }, (_, i) => logOfKey(`customer ${i}`, 8)));
});
