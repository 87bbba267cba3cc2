import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { LogPositions } from "../../../src/delivery/tables/logs.ts";
import { SPANS_SCHEMA, Spans } from "../../../src/delivery/tables/spans.ts";
import { MOST_LOGS, nextPositionOf } from "../../../src/domain/log-shards.ts";

const NOW = Date.UTC(2026, 10, 1);

/** The spans of an endpoint that knows logs 0 and 3, with their numbers there. */
function withSpans(test: (spans: Spans, numbers: { zero: number; three: number }) => void): Promise<void> {
  const stub = env.EVENT_LOG.getByName(`ws_${crypto.randomUUID()}`);
  return runInDurableObject(stub, (_instance, state) => {
    const { sql } = state.storage;
    if (!("statements" in SPANS_SCHEMA)) throw new Error("a step of another form");
    for (const statement of SPANS_SCHEMA.statements) sql.exec(statement);
    sql.exec(
      "CREATE TABLE logs (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, position INTEGER NOT NULL)",
    );
    const logs = new LogPositions(sql);
    test(new Spans(sql), { zero: logs.numberOf("ws_1"), three: logs.numberOf("ws_1/3") });
  });
}

const at = (log: number, ms: number) => nextPositionOf(log, 0, NOW + ms);

describe("spans of sequences", () => {
  it("are one for all deliveries while they come from one log", () =>
    withSpans((spans) => {
      expect(spans.of(at(0, 5))).toEqual([{ first: 0, last: null }]);
    }));

  it("tell among which deliveries those of an event of each log are, older ones of log 0 at any position", () =>
    withSpans((spans, { zero, three }) => {
      spans.begin(zero, 10, three, at(3, 10));
      spans.begin(three, 14, zero, at(0, 20));
      spans.begin(zero, 15, three, at(3, 30));
      expect(spans.of(at(3, 12))).toMatchObject([
        { first: 0, last: 10 },
        { first: 11, last: 14 },
      ]);
      expect(spans.of(at(3, 40))).toMatchObject([
        { first: 15, last: 15 },
        { first: 16, last: null },
      ]);
      expect(spans.of(at(0, 25))).toMatchObject([{ first: 15, last: 15 }]);
      const unshared = at(0, 5) + 1;
      expect(unshared % MOST_LOGS).toBe(1);
      expect(spans.of(unshared)).toMatchObject([{ first: 0, last: 10 }]);
    }));

  it("are dropped with their last delivery, be others of older ones there or not, and that of the newest delivery never", () =>
    withSpans((spans, { zero, three }) => {
      spans.begin(zero, 10, three, at(3, 10));
      spans.begin(three, 14, zero, at(0, 20));
      spans.begin(zero, 15, three, at(3, 30));
      const dropped = [
        ...[at(3, 10), at(3, 12), at(3, 31)].map((position) => ({ log: three, log_position: position })),
        ...[at(0, 1), at(0, 20)].map((position) => ({ log: zero, log_position: position })),
      ];
      const looked: number[] = [];
      spans.dropWithLast(dropped, ({ first, last }) => {
        looked.push(first);
        return last === 10;
      });
      expect(looked).toEqual([11, 0, 15]);
      expect(spans.of(at(3, 12))).toMatchObject([{ first: 0, last: 10 }]);
      expect(spans.of(at(0, 25))).toMatchObject([{ first: 0, last: 10 }]);
      expect(spans.of(at(3, 35))).toMatchObject([
        { first: 0, last: 10 },
        { first: 16, last: null },
      ]);
    }));
});
