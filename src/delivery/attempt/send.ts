import type { EndpointConfig } from "../../domain/endpoint.ts";
import type { AttemptOutcome } from "../../domain/retry.ts";
import type { ClaimedDelivery } from "../record/claim.ts";
import { attempt, type Network, type UnnamedAttempt, urlOnRecord } from "./attempt.ts";
import type { Prepared } from "./configuration.ts";

/** What is sent of a delivery; a test has sequence 0. */
export type Outgoing = Pick<ClaimedDelivery, "sequence" | "event" | "firedAt" | "attemptCount" | "isReplay">;

/** The one way to attempt a delivery: first tries, retries, replays and tests differ in what they hand in. */
export function send(
  { config, policy, secrets, dialect, authenticator, isUrlAllowed }: Prepared,
  outgoing: Outgoing,
  network: Network,
): Promise<AttemptOutcome> {
  const { url, dialectOptions: options, version: policyVersion } = config;
  const delivery = outgoingDelivery(config, outgoing);
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
    },
    network,
  );
}

/** What the next attempt of a delivery is made of. */
export function outgoingDelivery(
  { id: endpointId, workspaceId }: EndpointConfig,
  { sequence, event, firedAt, attemptCount, isReplay }: Outgoing,
): UnnamedAttempt {
  return { event, sequence, firedAt, isReplay, workspaceId, endpointId, attempt: attemptCount + 1 };
}

/** The outcome of an attempt that threw: a failure like one whose connection broke, so that its delivery goes on. */
export function brokenAttempt(
  { config, policy, dialect }: Pick<Prepared, "config" | "policy" | "dialect">,
  { attemptCount }: Pick<Outgoing, "attemptCount">,
  startedAt: number,
  endedAt: number,
): AttemptOutcome {
  return {
    attempt: {
      number: attemptCount + 1,
      startedAt,
      durationMs: endedAt - startedAt,
      outcome: "failure",
      error: "reset",
      policyVersion: config.version,
      request: { method: policy.method, url: urlOnRecord(dialect, config.url), headers: {} },
      response: null,
    },
    retryAfterMs: null,
  };
}
