import type { EndpointReport } from "../../d1/endpoint-reports.ts";
import type { EndpointStatus } from "../../domain/endpoint.ts";
import type { EndpointStats, StatsWindow } from "../../domain/messages.ts";
import type { Clock } from "../../domain/surroundings.ts";
import type { LastMinute } from "../../domain/waiting.ts";
import type { Env } from "../../env.ts";
import type { Delays } from "../../storage/delays.ts";
import type { Existence } from "../configuration/existence.ts";
import type { Intake } from "../queue/intake.ts";
import type { DeliveryQueue } from "../queue/queue.ts";
import type { EndpointEffects } from "../record/effects.ts";
import type { Totals } from "../record/totals.ts";
import { firstAttemptAt } from "../tables/deliveries.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import { D1Report } from "./d1-report.ts";
import { type OperationalEvents, told } from "./operational.ts";
import type { Standing } from "./standing.ts";
import { Stats } from "./stats.ts";

/** So many deliveries that succeeded are worth the rows that tell D1 of them. */
const MANY_DELIVERIES = 64;

export interface HealthPort {
  sql: SqlStorage;
  env: Env;
  surroundings: Clock;
  existence: Existence;
  endpointId(): string;
  delays: Delays;
  queue: DeliveryQueue;
  intake: Pick<Intake, "replayed">;
  totals: Totals;
  operational: OperationalEvents;
  standing: Standing;
}

/** How an endpoint does: its flows, and who is told of them. */
export class Health {
  readonly #port: HealthPort;
  readonly #stats: Stats;
  readonly #report: D1Report;
  #telling = Promise.resolve();

  constructor(port: HealthPort) {
    this.#port = port;
    const { delays, endpointId, env, queue, sql, totals } = port;
    this.#stats = new Stats(sql, port.surroundings.nowMs(), totals);
    this.#report = new D1Report({
      ...{ sql, db: env.DB, endpointId, existence: port.existence, nowMs: () => port.surroundings.nowMs() },
      untouched: { state: "0 0", urgent: "0 0 0" },
      state: () => `${totals.epoch} ${queue.lastStored}${totals.isDirty ? " and more" : ""}`,
      toldAfterMs: delays.toldAfterMs,
      // A few successes by first attempts are not: all but these, and that twice as much waits, or half.
      urgent: () => {
        const { storedPendingCount, lastStored } = queue;
        const waits = Math.ceil(Math.log2(storedPendingCount + 1));
        return `${waits} ${totals.troubles} ${Math.floor(lastStored / MANY_DELIVERIES)}`;
      },
      report: (nowMs) => this.report(nowMs),
    });
  }

  /** Counts deliveries that were canceled. */
  countCanceled(count: number): void {
    this.#stats.countEnded(this.#port.surroundings.nowMs(), "canceled", count);
    this.#port.totals.countEnded("canceled", count);
  }

  /** Counts deliveries that became too old; part of the transaction that ends them. */
  countExpired(deliveries: PendingRow[]): void {
    const last = deliveries.at(-1);
    if (last === undefined) return;
    this.#stats.countEnded(this.#port.surroundings.nowMs(), "dead", deliveries.length);
    this.#port.totals.countEnded("dead", deliveries.length);
    const first = firstAttemptAt(this.#port.sql, last.sequence);
    this.#port.operational.note(
      "webhooks.delivery.dead",
      {
        ...{ event_id: last.event_id, event_type: last.event_type, error: "expired" },
        ...told(last.attempt_count, null, first),
      },
      deliveries.length,
    );
  }

  /** Takes a group of recorded attempts and the change of status they cause; part of their transaction. */
  record(effects: EndpointEffects, change: { status: EndpointStatus; reason: string } | null): void {
    const nowMs = this.#port.surroundings.nowMs();
    const { operational, standing, totals } = this.#port;
    totals.record(effects.recorded, nowMs);
    for (const ended of effects.ended) {
      const { attempt, decision } = ended;
      if (totals.marks(ended)) {
        this.#stats.countMarked(nowMs, attempt.durationMs);
        continue;
      }
      this.#stats.countAttempt(
        nowMs,
        attempt.number,
        attempt.outcome === "success" ? attempt.durationMs : null,
      );
      if (decision.status !== "pending") this.#stats.countEnded(nowMs, decision.status);
    }
    const dead = effects.ended.filter(({ decision }) => decision.status === "dead");
    const last = dead.at(-1);
    if (last !== undefined) {
      const { claimed, attempt } = last;
      const first = firstAttemptAt(this.#port.sql, claimed.sequence) ?? attempt.startedAt;
      const details = {
        ...{ event_id: claimed.event.id, event_type: claimed.event.type, error: attempt.error },
        ...told(attempt.number, attempt.response?.status ?? null, first),
      };
      operational.note("webhooks.delivery.dead", details, dead.length);
    }
    const before = { attempts: standing.consecutiveFailures, since: standing.failingSince };
    const turn = standing.follow(effects, nowMs);
    const responseStatus = effects.ended.at(-1)?.attempt.response?.status ?? null;
    if (change) {
      operational.note(`webhooks.endpoint.${change.status as "paused" | "disabled"}`, {
        ...{ status: change.status, reason: change.reason },
        ...told(standing.consecutiveFailures, responseStatus, standing.failingSince),
      });
    }
    if (turn) {
      // What ended by a success is told as it was before.
      const attempts = standing.consecutiveFailures || before.attempts;
      operational.note(turn.kind, {
        failing_since: toTime(turn.failingSince),
        ...told(attempts, responseStatus, standing.failingSince ?? before.since),
      });
    }
    if (this.#stats.isDue(nowMs) || totals.isDue) this.flush();
  }

  /** Whether something was counted that a loss of the object would lose. */
  get hasUnstored(): boolean {
    return this.#stats.mustStore || this.#port.totals.mustStore;
  }

  /** The end of every transaction: what was counted in it survives with it, bounded for a wake, and D1 is to be told. */
  prepareCommit(): void {
    storeForNextLife(this.#port);
    this.#report.noteChanged(this.#port.surroundings.nowMs());
  }

  /** What is done now and then: stores what was counted some time ago, drops what is too old. */
  tidy(): void {
    const nowMs = this.#port.surroundings.nowMs();
    this.#stats.prune(nowMs);
    if (this.#stats.isDue(nowMs) || this.#report.isDue(nowMs)) this.flush();
  }

  /** Stores what was counted and, once a minute, tells D1. */
  flush(): void {
    const nowMs = this.#port.surroundings.nowMs();
    const { standing, totals } = this.#port;
    this.#stats.flush(nowMs);
    // What a restart counted anew is among no stats.
    if (totals.isDirty) standing.storeTotals();
    if (this.#report.isDue(nowMs)) this.#telling = this.#report.send(nowMs);
  }

  /** Comes true once D1 has what it is being told, or could not be told. */
  get told(): Promise<void> {
    return this.#telling;
  }

  /** See `D1Report`. */
  whenUntold(call: (retryAt: number) => void): void {
    this.#report.whenUntold(call);
  }

  /** When D1 is to be told again, Unix milliseconds; null = it knows. */
  nextSummaryAt(): number | null {
    return this.#report.nextAt();
  }

  /** By when an alarm has to store what only memory counts, Unix milliseconds; null = it need not. */
  storeBy(nowMs: number): number | null {
    return this.hasUnstored ? nowMs + this.#port.delays.safetyNetMs : null;
  }

  /** By when an alarm has to tell D1 what is new, Unix milliseconds; null = it need not. */
  tellBy(nowMs: number): number | null {
    this.#report.noteChanged(nowMs);
    const tellAt = this.#report.nextAt();
    // Each alarm is a transaction more: what comes within the minute is told at its end.
    return tellAt === null ? null : Math.max(tellAt, nowMs + this.#port.delays.toldNoSoonerMs);
  }

  /** When D1 is to be told of what failed or waits: successes are told by the alarm of `tellBy`. Null = of none. */
  troubleAt(): number | null {
    const isTrouble = this.#report.isUrgent || this.#port.queue.storedPendingCount > 0;
    return isTrouble ? this.#report.nextAt() : null;
  }

  /** What D1 keeps of it: its last 24 hours, and what it counted since it was made. */
  report(nowMs: number): EndpointReport {
    const { intake, queue, totals } = this.#port;
    const { delivered, dead, retried, attempts, avgLatencyMs } = this.#stats.window("24h", nowMs);
    const { storedPendingCount: pending, lastStored: created } = queue;
    return {
      health: { at: nowMs, delivered, dead, retried, attempts, avgLatencyMs, pending },
      counts: { created, replayed: intake.replayed, ...totals.counts },
    };
  }

  /** What went through within the last minute, about. */
  lastMinute(nowMs: number): LastMinute {
    return this.#stats.lastMinute(nowMs);
  }

  stats(window: StatsWindow): EndpointStats {
    const { queue } = this.#port;
    const oldest = queue.lowestPending();
    return {
      ...this.#stats.window(window, this.#port.surroundings.nowMs()),
      pending: queue.pendingCount,
      oldestPendingAt: oldest?.created_at ?? null,
    };
  }
}

/** The end of every transaction: stores what a wake would have to count, or could not. */
export function storeForNextLife({
  queue,
  standing,
  totals,
}: Pick<HealthPort, "queue" | "standing" | "totals">): void {
  if (totals.mustStore || totals.isFarBehind) standing.storeTotals();
  queue.storeAmounts(totals.epoch);
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
