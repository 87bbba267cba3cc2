import type { IdempotentRequest, KnownAnswer } from "./idempotency.ts";
import type { LogAnswer } from "./log-shards.ts";
import type { AcceptedEvent } from "./messages.ts";

/*
 * Names of events and of requests where a workspace has several logs, and an order by key decides which of them an event goes
 * to: the same name with other content may come to another log. So log 0 has a register of all names: what is sent under one
 * claims it there first, for the log that it goes to.
 */

/** A name that a publisher gave: to an event, with the digest of its content, or to a request, with that of its body. */
export interface ClaimedName {
  kind: "event" | "request";
  /** The event's id, or the id of an `IdempotentRequest`. */
  name: string;
  digest: string;
  /** A claim that is known to have come to nothing, which this one takes the place of. */
  insteadOf?: Claim;
}

/** For which log a name was claimed, by which routing, and when (Unix milliseconds). */
export interface Claim {
  log: number;
  epoch: number;
  at: number;
  /** Whether with the same digest. */
  isSame: boolean;
}

export interface ClaimRequest {
  epoch: number;
  log: number;
  names: ClaimedName[];
}

export type ClaimAnswer =
  | { outcome: "rerouted" }
  /** The register has no room. */
  | { outcome: "overloaded"; retryAfterSeconds: number }
  /**
   * All are claimed for this log; until then they may be accepted there, Unix milliseconds. `at`: when, as claims tell it; a log that
   * runs older code does not say. `known`: which of them, by their place, were claimed before by who may still give them to something.
   */
  | { outcome: "claimed"; notAfterMs: number; at?: number; known?: number[] }
  /** Some were claimed before, for another log or with another digest; nothing was claimed. In the order of the names. */
  | { outcome: "taken"; claims: (Claim | null)[] };

/**
 * The names that a request may give back where it is refused. One that another request has claimed for the same log with the same
 * digest stays until that one gives it back, too: it may be on its way there. Where the register does not know all of these, as in a
 * log that runs older code, who was the first alone may.
 */
export interface OwnClaims {
  names: Pick<ClaimedName, "kind" | "name">[];
  claim: Pick<Claim, "log" | "epoch" | "at">;
}

/** How long after its claim an event may be accepted. */
export const CLAIM_USABLE_MS = 30_000;

/** A claim of this age whose event was not accepted never will be: twice as long, since two objects have two clocks. */
export const CLAIM_OVER_MS = 2 * CLAIM_USABLE_MS;

/** What a log is asked of names. */
export interface NamesAsked {
  events: { id: string; type: string; digest: string }[];
  request?: IdempotentRequest;
}

/** What was accepted in a log under some names; null = nothing. */
export interface NamesKnown extends LogAnswer {
  events: ({ answer: AcceptedEvent; isSame: boolean } | null)[];
  request: KnownAnswer<AcceptedEvent[]>;
}
