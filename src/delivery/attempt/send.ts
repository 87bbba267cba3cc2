import type { AttemptError } from "../../domain/delivery.ts";
import { orderBy } from "../../domain/order.ts";
import type { AttemptOutcome } from "../../domain/retry.ts";
import type { Outgoing } from "../record/claim.ts";
import { attempt, type Network, type UnnamedAttempt, urlOnRecord } from "./attempt.ts";
import type { Prepared } from "./prepared.ts";
import { NobodyThere, type Tunnel } from "./tunnel.ts";

/** How a delivery leaves: over the network, or where the URL is not called by those who listen. */
export interface Ways {
  network: Network;
  tunnel: Tunnel;
}

/**
 * The one way to attempt a delivery: first tries, retries, replays and tests differ in what they hand in. Null = no
 * attempt was made, since nobody was there to take it.
 */
export async function sendIfReached(
  prepared: Prepared,
  outgoing: Outgoing,
  ways: Ways,
): Promise<AttemptOutcome | null> {
  // What is fetched is never sent; a test event has nowhere to go.
  if (prepared.policy.transport === "pull") return null;
  try {
    return await send(prepared, outgoing, ways);
  } catch (error) {
    if (error instanceof NobodyThere) return null;
    throw error;
  }
}

function send(prepared: Prepared, outgoing: Outgoing, { network, tunnel }: Ways): Promise<AttemptOutcome> {
  const { config, policy, secrets, dialect, authenticator, isUrlAllowed } = prepared;
  const { url, dialectOptions: options, version: policyVersion } = config;
  const delivery = outgoingDelivery(prepared, outgoing);
  return attempt(
    {
      delivery,
      policyVersion,
      url,
      isUrlAllowed,
      policy,
      dialect,
      options,
      secrets,
      authenticator,
      carry: policy.transport === "listen" ? tunnel.of(outgoing, policy.timeoutSeconds * 1000) : null,
    },
    network,
  );
}

/** What the next attempt of a delivery is made of. */
export function outgoingDelivery(
  { config: { id: endpointId, workspaceId }, policy }: Pick<Prepared, "config" | "policy">,
  { sequence, keyPlace, event, firedAt, attemptCount, isReplay }: Outgoing,
): UnnamedAttempt {
  return {
    ...{ event, sequence, firedAt, isReplay, workspaceId, endpointId, attempt: attemptCount + 1 },
    // What came under an order by key keeps its place when that is over, and nobody hears of it.
    keyPlace: orderBy(policy.order) === null ? null : (keyPlace ?? null),
  };
}

/** The outcome of an attempt that threw, or met nobody: a failure like one whose connection broke, so that its delivery goes on. */
export function brokenAttempt(
  { config, policy, dialect }: Pick<Prepared, "config" | "policy" | "dialect">,
  { attemptCount }: Pick<Outgoing, "attemptCount">,
  startedAt: number,
  endedAt: number,
  error: AttemptError = "reset",
): AttemptOutcome {
  return {
    attempt: {
      number: attemptCount + 1,
      startedAt,
      durationMs: endedAt - startedAt,
      outcome: "failure",
      error,
      policyVersion: config.version,
      request: { method: policy.method, url: urlOnRecord(dialect, config.url), headers: {} },
      response: null,
    },
    retryAfterMs: null,
  };
}
