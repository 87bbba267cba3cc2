import type { Event } from "../../src/domain/event.ts";
import { positionAt } from "../../src/domain/ids.ts";

/* Events for tests of deliveries. Nothing here needs workerd: whoever takes these alone runs in Node. */

/** 2026-03-01T00:00:00Z */
export const START = Date.UTC(2026, 2, 1);

export function event(n: number): Event {
  return {
    position: positionAt(START) + n,
    id: `evt_${String(n).padStart(26, "0")}`,
    type: "deal.created",
    created: START / 1000,
    apiVersion: "2026-01-15",
    tags: [],
    context: {},
    acceptedAt: START,
    data: `{"n":${n}}`,
  };
}
