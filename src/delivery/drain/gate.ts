import type { EndpointStatus } from "../../domain/endpoint.ts";

export interface GateState {
  status: EndpointStatus;
  /** Whether somebody is there to take an attempt, where the endpoint's URL is not called. */
  isReachable: boolean;
  /** A `Retry-After` hold, Unix milliseconds. */
  holdUntil: number;
  /** The rate allows no attempt before this time, Unix milliseconds. */
  rateAllowsAt: number;
  inFlight: number;
  /** Attempts that the policy lets be in flight: 1 in order by endpoint. */
  maxInFlight: number;
  /** Whether the object has a slot left, and room in memory. */
  hasRoom: boolean;
}

/** Whether an attempt may start now, or when to look again; null = something else must happen first. */
export type Gate = { isOpen: true } | { isOpen: false; until: number | null };

/**
 * The one rule for first tries, retries, replays and tunnels: an attempt may start if the endpoint is enabled,
 * its receiver can be reached, no hold is on, the rate allows it and a slot is free.
 */
export function gate(state: GateState, nowMs: number): Gate {
  if (state.status !== "enabled" || !state.isReachable) return { isOpen: false, until: null };
  if (state.inFlight >= state.maxInFlight || !state.hasRoom) return { isOpen: false, until: null };
  const until = Math.max(state.holdUntil, state.rateAllowsAt);
  return until > nowMs ? { isOpen: false, until } : { isOpen: true };
}
