import type { PlannedEndpoint } from "./planned-endpoint.ts";
import type { PlannedEvent, SentOnce } from "./planned-event.ts";

/** How a receiver behaves for a while. */
export type Mood =
  | "well"
  | "down"
  | "flapping"
  | "hanging"
  | "resetting"
  | "slow"
  | "dripping"
  | "huge"
  | "busy"
  | "gone"
  | "redirecting"
  /** Refuses the events of one key. */
  | "poisoned";

/** What one who fetches does with what comes. */
export interface Pulling {
  kind: "pull";
  endpoint: number;
  limit: number;
  leaseSeconds: number;
  /** `late` = it says that it is done once the lease has ended. */
  reply: "acknowledge" | "fail" | "forget" | "late";
}

type Deed =
  | { kind: "publish"; events: PlannedEvent[]; once: SentOnce; again: boolean; asOther?: boolean }
  | { kind: "create"; made: PlannedEndpoint }
  | { kind: "change"; endpoint: number; change: Record<string, unknown> }
  | { kind: "rotate" | "delete" | "test" | "retry" | "cancel" | "retry one" | "cancel one"; endpoint: number }
  | { kind: "retry key" | "cancel key"; endpoint: number }
  | { kind: "replay delivery" | "read"; endpoint: number }
  | { kind: "replay job"; endpoint: number; status: string; rate: number | null; isCanceled: boolean }
  | { kind: "replay event"; n: number; endpoint: number | null }
  | { kind: "replay all"; status: string; isDryRun: boolean; isCanceled: boolean }
  | { kind: "revoke key" | "delete other workspace" | "new code" }
  | { kind: "raise logs"; count: number }
  | { kind: "clock"; byMs: number }
  | { kind: "mood"; endpoint: number; mood: Mood }
  | { kind: "reset" | "evict"; of: number | "log" | "all" }
  | { kind: "outage"; of: number; forMs: number }
  | Pulling;

/** What somebody does, or what happens by itself, milliseconds after the start. */
export type Action = Deed & { at: number };
