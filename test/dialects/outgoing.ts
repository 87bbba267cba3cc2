import type { SigningContext } from "../../src/dialects/dialect.ts";
import type { OutgoingDelivery } from "../../src/domain/delivery.ts";
import type { Event } from "../../src/domain/event.ts";

type Given = Partial<Omit<OutgoingDelivery, "event">> & { event?: Partial<Event> };

/** A delivery of `data` as a dialect is given it; what a test does not name stays the same in all of them. */
export function outgoing(data: string, given: Given = {}): OutgoingDelivery {
  return {
    workspaceId: "ws_01HFXZR2V3K8M4N5P6Q7R8S9T1",
    endpointId: "ep_01HFXZR2V3K8M4N5P6Q7R8S9T2",
    sequence: 7,
    attempt: 1,
    isReplay: false,
    firedAt: 1_712_345_678_902,
    attemptId: "6a1c9a52-66a6-4d2b-a4fb-7a3e0c6e8b11",
    ...given,
    event: {
      position: 1_753_443_974_144_000,
      id: "evt_01HFXZR2V3K8M4N5P6Q7R8S9T0",
      type: "deal.created",
      created: 1_712_345_678,
      apiVersion: "2026-01-15",
      tags: [],
      context: {},
      acceptedAt: 1_712_345_678_901,
      data,
      ...given.event,
    },
  };
}

/** Signing with these secrets, newest first, at this time (Unix milliseconds; now unless given). */
export function signing(
  secrets: string[],
  now = Date.now(),
  options: Record<string, string> = {},
): SigningContext {
  return { secrets, nowMs: now, options };
}

/** A header of a built request that must be there. */
export function header(headers: Record<string, string>, name: string): string {
  const value = headers[name];
  if (value === undefined) throw new Error(`no header ${name} in ${Object.keys(headers).join(", ")}`);
  return value;
}
