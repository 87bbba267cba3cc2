import { expect, it } from "vitest";
import { delaysOf } from "../../src/storage/delays.ts";

it.each([
  ["300", { safetyNetMs: 300_000, toldAfterMs: 1_500_000, toldNoSoonerMs: 300_000 }],
  ["8", { safetyNetMs: 8000, toldAfterMs: 60_000, toldNoSoonerMs: 4000 }],
  [undefined, { safetyNetMs: 8000, toldAfterMs: 60_000, toldNoSoonerMs: 4000 }],
])(
  "waits with the safety net for SAFETY_NET_SECONDS=%s, five times as long with what D1 is told, and tells it before objects sleep",
  (given, delays) => {
    expect(delaysOf({ SAFETY_NET_SECONDS: given })).toEqual(delays);
  },
);

it.each(["", "soon", "0", "-1", "3601", "Infinity"])(
  "takes the shorter, safer time where it is told %j",
  (given) => {
    expect(delaysOf({ SAFETY_NET_SECONDS: given }).safetyNetMs).toBe(8000);
  },
);
