import type { Deadlines } from "../../deadlines.ts";
import type { Attempt } from "../../domain/delivery.ts";
import { deliveryId } from "../../domain/ids.ts";
import type { Pull, PullAnswer, Pulled, PullResult } from "../../domain/pulling.ts";
import type { AttemptOutcome } from "../../domain/retry.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import { build, errorOfStatus, headersOnRecord, urlOnRecord } from "../attempt/attempt.ts";
import { maskerOf } from "../attempt/mask/secret-values.ts";
import { outgoingDelivery } from "../attempt/send.ts";
import type { Configuration } from "../configuration/configuration.ts";
import type { EndedClaim } from "../drain/settling.ts";
import type { DeliveryQueue } from "../queue/queue.ts";
import type { ClaimedDelivery } from "../record/claim.ts";
import type { Lease } from "../tables/leases.ts";
import type { Leases } from "./leases.ts";

/** What one answer may hold, bytes of events; the first one always fits. */
const MOST_BYTES = 1024 ** 2;

/** Deliveries that may be out at once, whoever fetched them. */
const MOST_LEASED = 1000;

/** Whoever waits looks again no sooner, where the gate is closed for a reason that has no time. */
const LEAST_WAIT_MS = 20;

/** What pulling asks of the endpoint's object. */
export interface PullPort {
  parts: {
    endpointId(): string;
    configuration: Configuration;
    deadlines: Deadlines;
    leases: Leases;
    queue: DeliveryQueue;
    surroundings: Surroundings;
  };
  /** Runs a change of what is stored as one transaction. */
  change<T>(change: () => T): T;
  /** Claims what is next, if the gate lets it start beside so many that are out; null = nothing. */
  claim(leased: number, mostLeased: number): ClaimedDelivery | null;
  /** When the gate is looked at again, Unix milliseconds; null = when something happens. */
  nextAt(): number | null;
  /** Records attempts of deliveries that were out. */
  record(ended: EndedClaim[]): void;
}

/**
 * Deliveries that the receiver fetches. Each that is handed out is due again when its lease ends, which is stored with
 * it: the object may sleep or be lost meanwhile. What is acknowledged is recorded as any attempt is; what is not has
 * failed, and is retried by the policy.
 */
export class Pulls {
  readonly #port: PullPort;
  readonly #waiting = new Set<() => void>();

  constructor(port: PullPort) {
    this.#port = port;
  }

  /** Something may have become due: whoever waits looks again. */
  look(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Acknowledges, and hands out what may be attempted, waiting for it if need be. */
  async pull({ limit, waitMs, leaseMs, ack }: Pull): Promise<PullAnswer> {
    const endsAt = this.#port.parts.surroundings.nowMs() + waitMs;
    const acknowledged = ack === null ? 0 : this.acknowledge(ack, []);
    if (acknowledged > 0) this.look();
    for (;;) {
      const refused = this.#refused();
      if (refused !== null) return refused;
      this.expire();
      const handed = this.#handOut(limit, leaseMs);
      if (handed !== null) return { outcome: "pulled", ...handed, acknowledged };
      const leftMs = endsAt - this.#port.parts.surroundings.nowMs();
      if (leftMs <= 0) return { outcome: "pulled", events: [], lease: null, acknowledged };
      await this.#awaitNext(leftMs);
    }
  }

  #refused(): PullAnswer | null {
    const { configuration } = this.#port.parts;
    if (!configuration.isPresent) return { outcome: "unknown" };
    const { policy, config } = configuration.current;
    if (policy.transport !== "pull") return { outcome: "called" };
    return config.status === "disabled" ? { outcome: "disabled" } : null;
  }

  /** Waits until something happens, the next delivery is due, or the time is over. */
  async #awaitNext(leftMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    const { leases, surroundings } = this.#port.parts;
    const at = leases.count >= MOST_LEASED ? leases.endsAt : this.#port.nextAt();
    const dueInMs = (at ?? Number.POSITIVE_INFINITY) - surroundings.nowMs();
    const end = this.#port.parts.deadlines.in(Math.max(LEAST_WAIT_MS, Math.min(leftMs, dueInMs)), resolve);
    await promise;
    end();
    this.#waiting.delete(resolve);
  }

  #handOut(
    limit: number,
    leaseMs: number,
  ): Pick<PullAnswer & { outcome: "pulled" }, "events" | "lease"> | null {
    const { leases, queue } = this.#port.parts;
    const startedAt = this.#port.parts.surroundings.nowMs();
    const claimed: ClaimedDelivery[] = [];
    const events: Pulled[] = [];
    let bytes = 0;
    while (events.length < limit) {
      const room = leases.count + claimed.length;
      const { order } = this.#port.parts.configuration.current.policy;
      const size = queue.next(order, startedAt)?.bytes ?? 0;
      if (events.length > 0 && bytes + size > MOST_BYTES) break;
      const next = this.#port.claim(room, MOST_LEASED);
      if (next === null) break;
      const event = this.#requestOf(next, startedAt);
      claimed.push(next);
      if (event === null) continue;
      events.push(event);
      bytes += next.bytes;
    }
    if (claimed.length === 0) return null;
    const token = `ack_${hexOf(this.#port.parts.surroundings.secretNumbers(4))}`;
    const until = startedAt + leaseMs;
    this.#port.change(() => {
      const deliveries = claimed.map(({ sequence, attemptCount }) => ({
        sequence,
        attempt: attemptCount + 1,
      }));
      leases.add({ token, startedAt, until, deliveries });
      for (const one of claimed) queue.claims.lease(one, until);
    });
    return events.length === 0 ? null : { events, lease: { token, until } };
  }

  /** The signed request; null where it cannot be signed, which counts as a failure when its lease ends. */
  #requestOf(claimed: ClaimedDelivery, nowMs: number): Pulled | null {
    const { configuration, endpointId } = this.#port.parts;
    const { config, policy, secrets, dialect } = configuration.current;
    const delivery = outgoingDelivery(configuration.current, claimed);
    const built = build({ delivery, dialect, secrets, options: config.dialectOptions }, nowMs);
    if (built === null) return null;
    return {
      deliveryId: deliveryId(endpointId(), claimed.sequence),
      eventId: claimed.event.id,
      eventType: claimed.event.type,
      sequence: claimed.sequence,
      attempt: delivery.attempt,
      isReplay: claimed.isReplay,
      method: policy.method,
      headers: { ...secrets.headers, ...built.headers },
      body: built.body,
    };
  }

  /**
   * Ends what was handed out with a token: as the results say, and where they say nothing with success. Returns how many
   * deliveries that ended: none where the lease has ended, or it was acknowledged before, and none that was canceled meanwhile.
   */
  acknowledge(token: string, results: readonly PullResult[]): number {
    const { configuration, endpointId, leases } = this.#port.parts;
    this.expire();
    const lease = leases.find(token);
    if (lease === null) return 0;
    const said = new Map(results.map((result) => [result.deliveryId, result]));
    const { secrets } = configuration.current;
    const masker = maskerOf(secrets, secrets.headers);
    return this.#end(lease, (sequence) => {
      const { status, body } = said.get(deliveryId(endpointId(), sequence)) ?? { status: 200, body: "" };
      // What a receiver says may hold what it was handed: a trace of its commands, say.
      const [masked = ""] = masker.texts([body]);
      return { status, headers: {}, body: masked, encoding: "utf8", truncated: false };
    });
  }

  /** What was not acknowledged in time has failed. */
  expire(): void {
    for (const lease of this.#port.parts.leases.ended(this.#port.parts.surroundings.nowMs()))
      this.#end(lease, () => null);
  }

  #end(lease: Lease, responseOf: (sequence: number) => Attempt["response"]): number {
    const { leases, queue } = this.#port.parts;
    const { beganBeforeResume } = lease;
    return this.#port.change(() => {
      leases.remove(lease.token);
      const ended = lease.deliveries.flatMap(({ sequence, attempt }) => {
        const claimed = queue.claims.reclaim(sequence, attempt, lease.startedAt);
        if (claimed === null) return [];
        const outcome = this.#outcome(claimed, lease, responseOf(sequence));
        // The failure of one that was canceled is none of its endpoint either: somebody had given it up.
        return [{ claimed, outcome, beganBeforeResume: beganBeforeResume || claimed.isCanceled }];
      });
      if (ended.length > 0) this.#port.record(ended);
      return ended.filter(({ claimed }) => !claimed.isCanceled).length;
    });
  }

  #outcome(claimed: ClaimedDelivery, lease: Lease, response: Attempt["response"]): AttemptOutcome {
    const { current } = this.#port.parts.configuration;
    const { config, policy, secrets, dialect } = current;
    const { startedAt, until } = lease;
    const delivery = outgoingDelivery(current, claimed);
    const built = build({ delivery, dialect, secrets, options: config.dialectOptions }, startedAt);
    const late = built === null ? "auth" : "timeout";
    const error = response === null ? late : errorOfStatus(response.status, policy);
    const attempt: Attempt = {
      number: delivery.attempt,
      startedAt,
      durationMs: Math.min(this.#port.parts.surroundings.nowMs(), until) - startedAt,
      outcome: error === null ? "success" : "failure",
      error,
      policyVersion: config.version,
      request: {
        method: policy.method,
        url: urlOnRecord(dialect, config.url),
        headers: headersOnRecord(Object.keys(secrets.headers), built),
      },
      response,
    };
    return { attempt, retryAfterMs: null };
  }
}

/** Numbers of 32 bits, as hexadecimal digits. */
function hexOf(numbers: readonly number[]): string {
  return numbers.map((number) => number.toString(16).padStart(8, "0")).join("");
}
