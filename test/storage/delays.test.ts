import { expect, it } from "vitest";
import { delaysOf } from "../../src/storage/delays.ts";

it.each([
  ["300", 300_000, 1_500_000],
  ["8", 8000, 60_000],
  [undefined, 8000, 60_000],
])(
  "waits with the safety net for SAFETY_NET_SECONDS=%s, and five times as long with what D1 is told",
  (given, safetyNetMs, toldAfterMs) => {
    expect(delaysOf({ SAFETY_NET_SECONDS: given })).toEqual({ safetyNetMs, toldAfterMs });
  },
);

it.each(["", "soon", "0", "-1", "3601", "Infinity"])(
  "takes the shorter, safer time where it is told %j",
  (given) => {
    expect(delaysOf({ SAFETY_NET_SECONDS: given }).safetyNetMs).toBe(8000);
  },
);
