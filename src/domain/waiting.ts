import type { EndpointStatus } from "./endpoint.ts";

/** Why a pending delivery is not attempted right now: a closed list. */
export const WAIT_REASONS = [
  "in_flight",
  "handing_over",
  "disabled",
  "paused",
  "canceling",
  "reordering",
  "listener",
  "puller",
  "behind_head",
  "retry_at",
  "retry_after",
  "rate",
  "slot",
  "room",
  "due",
] as const;

export type WaitReason = (typeof WAIT_REASONS)[number];

export interface Wait {
  why: WaitReason;
  /** Unix milliseconds; null = something else must happen first, or nothing. */
  until: number | null;
  /** The delivery that it waits behind; absent or null = the order has it wait for none. */
  behind?: Behind | null;
}

/** The first of an order. */
export interface Behind {
  deliveryId: string;
  /** Whose order it is; empty = that of the events without a key, null = the endpoint's. */
  key: string | null;
}

/** What keeps an endpoint's deliveries, whichever of them. */
export interface Standstill {
  status: EndpointStatus;
  /** Many are being canceled, whatever their key: until that is done none starts. */
  isCanceling: boolean;
  /** The pending deliveries get the keys of another order: until that is done none starts. */
  isReordering: boolean;
  /** Who must come for them, where nothing is called; null = nobody, or somebody is there. */
  lacks: "listener" | "puller" | null;
  /** A `Retry-After` hold, Unix milliseconds; 0 = none. */
  holdUntil: number;
  /** The rate allows no attempt before this time, Unix milliseconds. */
  rateAllowsAt: number;
  /** Whether a slot is free, of the endpoint's and of its object's. */
  hasSlot: boolean;
  /** Whether there is room in memory and on disk. */
  hasRoom: boolean;
}

/** Where a delivery is among those that are pending. */
export interface Place {
  isInFlight: boolean;
  /** Whether those of its key are being canceled: until that is done none of them starts. */
  isCanceling: boolean;
  /** The one that the order has it wait for; null = it waits for none. */
  behind: Behind | null;
  /** When its own schedule has it attempted, Unix milliseconds. */
  dueAt: number;
}

/** Why a pending delivery waits: of several reasons the one that must end last, or by somebody's hand. */
export function waitOf(endpoint: Standstill, place: Place, nowMs: number): Wait {
  if (place.isInFlight) return { why: "in_flight", until: null };
  if (endpoint.status !== "enabled") return { why: endpoint.status, until: null };
  if (endpoint.isCanceling || place.isCanceling) return { why: "canceling", until: null };
  if (endpoint.isReordering) return { why: "reordering", until: null };
  if (place.behind !== null) return { why: "behind_head", until: null, behind: place.behind };
  if (endpoint.lacks === "listener") return { why: "listener", until: null };
  if (place.dueAt > nowMs && place.dueAt >= endpoint.holdUntil)
    return { why: "retry_at", until: place.dueAt };
  if (endpoint.holdUntil > nowMs) return { why: "retry_after", until: endpoint.holdUntil };
  if (endpoint.lacks === "puller") return { why: "puller", until: null };
  if (!endpoint.hasSlot) return { why: "slot", until: null };
  if (endpoint.rateAllowsAt > nowMs) return { why: "rate", until: endpoint.rateAllowsAt };
  return endpoint.hasRoom ? { why: "due", until: null } : { why: "room", until: null };
}

/** How fast an endpoint has been lately: deliveries, and attempts, of the last minute. */
export interface LastMinute {
  ended: number;
  attempts: number;
}

/**
 * When a backlog is gone at the rate of the last minute, Unix milliseconds; null = nobody can tell, since nothing ended
 * in it or the endpoint attempts nothing.
 */
export function drainedBy(
  depth: number,
  { ended }: LastMinute,
  { status, holdUntil, lacks }: Pick<Standstill, "status" | "holdUntil" | "lacks">,
  nowMs: number,
): number | null {
  if (depth === 0) return nowMs;
  if (status !== "enabled" || lacks === "listener" || ended === 0) return null;
  return Math.max(nowMs, holdUntil) + Math.ceil((depth / ended) * 60_000);
}
