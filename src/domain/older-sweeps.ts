import type { SweepReport } from "./messages.ts";

/** The id of no sweep: who asks for it is told that there is none. */
const NOT_ON_RECORD = "swp_00000000000000000000000000";

/** What is told of a sweep of version 0.1: it does what it is asked, and cannot tell how far it is. */
export function sweepOf01(action: SweepReport["action"], nowMs: number): SweepReport {
  return { id: NOT_ON_RECORD, action, state: "running", matched: 0, changed: 0, createdAt: nowMs };
}
