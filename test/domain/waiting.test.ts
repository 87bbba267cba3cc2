import { expect, it } from "vitest";
import { drainedBy, type Place, type Standstill, waitOf } from "../../src/domain/waiting.ts";

const NOW = Date.UTC(2026, 2, 1);

const free: Standstill = {
  status: "enabled",
  isCanceling: false,
  isReordering: false,
  lacks: null,
  holdUntil: 0,
  rateAllowsAt: 0,
  hasSlot: true,
  hasRoom: true,
};

const due: Place = { isInFlight: false, isCanceling: false, behind: null, dueAt: NOW - 1 };

it.each<[string, Partial<Standstill>, Partial<Place>, string, number | null]>([
  ["is in flight, whatever else holds", { status: "paused" }, { isInFlight: true }, "in_flight", null],
  ["waits for the endpoint to be enabled", { status: "disabled", holdUntil: NOW + 9 }, {}, "disabled", null],
  ["waits for the endpoint to be resumed", { status: "paused" }, { dueAt: NOW + 5 }, "paused", null],
  ["waits for a cancel of many", { isCanceling: true }, {}, "canceling", null],
  [
    "waits for a cancel of its key, whatever is in front of it",
    {},
    { isCanceling: true, behind: { deliveryId: "dlv_1", key: "a" } },
    "canceling",
    null,
  ],
  ["waits for its key", { isReordering: true }, {}, "reordering", null],
  [
    "waits behind a failing head",
    { holdUntil: NOW + 9 },
    { behind: { deliveryId: "dlv_1", key: null } },
    "behind_head",
    null,
  ],
  ["waits for somebody to listen, whatever it is due", { lacks: "listener" }, {}, "listener", null],
  [
    "waits for its retry before it can be fetched",
    { lacks: "puller" },
    { dueAt: NOW + 5 },
    "retry_at",
    NOW + 5,
  ],
  ["waits to be fetched, whatever the slots", { lacks: "puller", hasSlot: false }, {}, "puller", null],
  ["waits for its retry", { holdUntil: NOW + 4 }, { dueAt: NOW + 5 }, "retry_at", NOW + 5],
  [
    "waits as the receiver asked, beyond its retry",
    { holdUntil: NOW + 9 },
    { dueAt: NOW + 5 },
    "retry_after",
    NOW + 9,
  ],
  ["waits for a slot, whatever the rate", { hasSlot: false, rateAllowsAt: NOW + 5 }, {}, "slot", null],
  ["waits for the rate", { rateAllowsAt: NOW + 5 }, {}, "rate", NOW + 5],
  ["waits for room", { hasRoom: false }, {}, "room", null],
  ["is due", {}, {}, "due", null],
  ["is due at the very moment", { holdUntil: NOW, rateAllowsAt: NOW }, { dueAt: NOW }, "due", null],
])("a delivery %s", (_what, endpoint, place, why, until) => {
  expect(waitOf({ ...free, ...endpoint }, { ...due, ...place }, NOW)).toMatchObject({ why, until });
});

it("tells by when a backlog is gone at the last minute's rate, from the end of a hold on", () => {
  const rate = { ended: 30, attempts: 40 };
  expect(drainedBy(90, rate, free, NOW)).toBe(NOW + 180_000);
  expect(drainedBy(90, rate, { ...free, holdUntil: NOW + 1000 }, NOW)).toBe(NOW + 181_000);
  expect(drainedBy(0, rate, { ...free, status: "paused" }, NOW)).toBe(NOW);
  expect(drainedBy(1, rate, { ...free, status: "paused" }, NOW)).toBeNull();
  expect(drainedBy(1, { ended: 0, attempts: 9 }, free, NOW)).toBeNull();
});
