import { describe, expect, it } from "vitest";
import {
  decodeRun,
  decodeRunAttempts,
  encodeRun,
  encodeRunAttempts,
  type RunDelivery,
} from "../../../src/delivery/record/run.ts";
import type { Attempt } from "../../../src/domain/delivery.ts";
import { attemptShape } from "../../../src/domain/delivery-shapes.ts";
import { event, START } from "../events.ts";

function delivery(n: number, more: Partial<RunDelivery> = {}): RunDelivery {
  const { position, id: eventId, type: eventType } = event(n);
  return {
    ...{ sequence: n, position, eventId, eventType, firedAt: START + n, createdAt: START + 3 },
    ...{
      startedAt: START + 4,
      durationMs: 7,
      completedAt: START + 261,
      responseStatus: 200,
      bytes: 507,
      keyPlace: null,
    },
    ...more,
  };
}

function attempt(n: number): Attempt {
  return {
    ...{ number: 1, startedAt: START + n, durationMs: 7, outcome: "success", error: null, policyVersion: 3 },
    request: { method: "POST", url: "https://example.com/", headers: { "Atlas-Sequence": String(n) } },
    response: {
      status: 200,
      headers: { server: "é" },
      body: `answer ${n}`,
      encoding: "utf8",
      truncated: false,
    },
  };
}

const buffer = (bytes: Uint8Array) => Uint8Array.from(bytes).buffer;

describe("a run of deliveries", () => {
  it.each([1, 7, 8, 100])(
    "is read as %i were written, with gaps, several types and a clock that was set back",
    (count) => {
      const run = Array.from({ length: count }, (_, i) =>
        delivery(
          3 * i + 5,
          i % 3 === 1 ? { eventType: "deal.won", createdAt: START - 3_600_000, responseStatus: null } : {},
        ),
      );
      expect(decodeRun(buffer(encodeRun(run)))).toEqual(run);
      const attempts = run.map(({ sequence }) => attempt(sequence));
      const written = encodeRunAttempts(attempts.map((one) => attemptShape.write(one)));
      expect(decodeRunAttempts(buffer(written))).toEqual(attempts);
    },
  );

  it("takes some 60 bytes a delivery in lists, and as many again for the attempts", () => {
    const run = Array.from({ length: 64 }, (_, i) => delivery(i + 1, { eventId: `evt_${scrambled(i)}` }));
    expect(encodeRun(run).length / 64).toBeLessThan(60);
    const attempts = run.map(({ sequence }) => attemptShape.write(attempt(sequence)));
    expect(encodeRunAttempts(attempts).length / 64).toBeLessThan(60);
  });

  it("of version 1 is read by all code to come", () => {
    const columns =
      '{"sequences":[3,1],"positions":[1814858956800001,4],"eventIds":["evt_a","evt_b"],"types":["x.y"],"typeOf":[0,0],' +
      '"firedAfter":[1,2],"createdAfter":[3,3],"startedAfter":[1,1],"durations":[7,8],"completedAfter":[0,5],' +
      '"statuses":[200,204],"bytes":[501,502]}';
    const plain = new Uint8Array([1, 0, ...new TextEncoder().encode(columns)]);
    expect(decodeRun(buffer(plain))).toEqual([
      delivery(1, {
        ...{ sequence: 3, eventId: "evt_a", eventType: "x.y", completedAt: START + 11, bytes: 501 },
        firedAt: START + 1,
      }),
      delivery(5, {
        ...{
          sequence: 4,
          eventId: "evt_b",
          eventType: "x.y",
          durationMs: 8,
          completedAt: START + 17,
          bytes: 502,
        },
        ...{ firedAt: START + 2, responseStatus: 204 },
      }),
    ]);
    expect(() => decodeRun(buffer(new Uint8Array([9, 0, 123, 125])))).toThrow("version 9");
  });
});

/** Letters that repeat nothing. */
function scrambled(n: number): string {
  let state = n + 1;
  return Array.from({ length: 26 }, () => {
    state = Math.imul(state ^ (state >>> 7), 0x9e3779b1) >>> 0;
    return "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[state >>> 27];
  }).join("");
}
