import { expect, it } from "vitest";
import { nextChoreAt, nextDueAt } from "../../src/delivery/due-times.ts";
import type { EndpointParts } from "../../src/delivery/parts.ts";

const NOW = 1_000_000;
const SAFETY_NET_MS = 90_000;

interface Given {
  inFlight?: number;
  /** When the delivery that is next is due; null = none is pending. */
  dueAt?: number | null;
  holdUntil?: number;
  status?: "enabled" | "paused";
}

/** An endpoint of which the times that matter are given. */
function parts({ inFlight = 0, dueAt = null, holdUntil = 0, status = "enabled" }: Given): EndpointParts {
  const given = {
    delays: { safetyNetMs: SAFETY_NET_MS },
    configuration: { current: { config: { status }, policy: { serialize: false } }, isUnreported: false },
    queue: { inFlight, nextDueAt: () => dueAt },
    standing: { holdUntil },
    departure: { endsAt: null },
    leases: { endsAt: null },
    transport: { lacks: null },
    retention: { nextExpiryAt: () => NOW + 30_000_000, nextDropAt: () => null },
    operational: { nextDueAt: () => null },
    sweeps: { isDone: true },
    health: { nextSummaryAt: () => null },
  };
  return given as unknown as EndpointParts;
}

it("asks for no alarm now for what is due and waits for a slot: it would ring again and again", () => {
  expect(nextDueAt(parts({ inFlight: 6, dueAt: NOW - 5000 }), false, NOW)).toBe(NOW + SAFETY_NET_MS);
  expect(nextDueAt(parts({ dueAt: NOW }), false, NOW)).toBe(NOW + SAFETY_NET_MS);
});

it("is woken at the time of a retry, and not before its hold ends", () => {
  expect(nextDueAt(parts({ dueAt: NOW + 5000 }), false, NOW)).toBe(NOW + 5000);
  expect(nextDueAt(parts({ dueAt: NOW + 5000, holdUntil: NOW + 9000 }), false, NOW)).toBe(NOW + 9000);
});

it("wants no safety net while the handler of its alarm runs, which rings again should the object be lost", () => {
  expect(nextDueAt(parts({ inFlight: 1 }), true, NOW)).toBeNull();
  expect(nextDueAt(parts({ inFlight: 1, dueAt: NOW + 5000 }), true, NOW)).toBe(NOW + 5000);
});

it("is woken for what expires while it is paused", () => {
  expect(nextDueAt(parts({ status: "paused", dueAt: NOW }), false, NOW)).toBe(NOW + 30_000_000);
});

it("is woken by itself for nothing where all went well, however busy it is", () => {
  expect(nextDueAt(parts({}), false, NOW)).toBeNull();
  expect(nextChoreAt(parts({}), NOW)).toBeNull();
});
