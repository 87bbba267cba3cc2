import type { Attempt } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { newId, sequenceOfDeliveryId } from "../domain/ids.ts";
import type {
  CancelAnswer,
  CancelSelection,
  RetryAnswer,
  SweepAnswer,
  SweepReport,
} from "../domain/messages.ts";
import { cancelAnswerShape, retryAnswerShape, sweepAnswerShape } from "./kept-answers.ts";
import type { EndpointParts } from "./parts.ts";
import { headBefore } from "./queue/behind.ts";
import { boundedKey } from "./queue/order-key.ts";
import type { AskedSweep } from "./queue/stored-sweeps.ts";
import type { Runner } from "./runner.ts";
import { waitsUntil } from "./tables/waiting-time.ts";

/** What people do by hand: try an endpoint, and retry and cancel pending deliveries, one or all. */
export class ByHand {
  readonly #parts: EndpointParts;
  readonly #runner: Runner;

  constructor(parts: EndpointParts, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** Sends an event at once, outside queue, stats and failure count; null if the endpoint does not exist. */
  async test(event: Event): Promise<Attempt | null> {
    if (!(await this.#runner.exists())) return null;
    // What a crash took back keeps its time when it comes again, which a test must not have moved; it does not wait long for that.
    await this.#runner.handedOver.catchUp().catch(() => {});
    if (!this.#runner.isReady) return null;
    const { intake, surroundings } = this.#parts;
    const firedAt = this.#runner.change(() => intake.testFiredAt(surroundings.nowMs()));
    return this.#runner.sendOnce({ sequence: 0, event, firedAt, attemptCount: 0, isReplay: false });
  }

  /** Makes a pending delivery due now; in order only the head, by key that of its key. */
  async retry(id: string, request?: IdempotentRequest): Promise<RetryAnswer> {
    this.#askWhetherWatched();
    await this.#awaitDelivery(id);
    return this.#runner.once<RetryAnswer>(request, retryAnswerShape, () => this.#retry(id));
  }

  #retry(id: string): RetryAnswer {
    if (!this.#runner.isReady) return { outcome: "unknown" };
    const { deliveries, leases, queue, configuration } = this.#parts;
    const row = deliveries.rowOf(id);
    if (!row) return { outcome: "unknown" };
    const pending = queue.pending(row.sequence);
    if (!pending) return { outcome: "not_pending" };
    const { policy, config } = configuration.current;
    const { status } = config;
    if (status !== "enabled") return { outcome: status };
    if (queue.isInFlight(row.sequence) || leases.has(row.sequence)) return { outcome: "in_flight" };
    const head = headBefore(queue, policy.order, row.sequence);
    if (head !== null) return { outcome: "not_head", ...(head.key === null ? {} : { key: head.key }) };
    if (waitsUntil(pending) !== null)
      this.#runner.change(() => queue.setDue(row.sequence, this.#parts.surroundings.nowMs()));
    this.#parts.tail.noteChanged(row.sequence);
    return { outcome: "due" };
  }

  /** Makes every delivery that waits for a retry due now. */
  retryMany(request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#retryAll({ action: "retry" }, request);
  }

  /** Makes every delivery of one key that waits for a retry due now. */
  retryOfKey(key: string, request?: IdempotentRequest): Promise<SweepAnswer> {
    return this.#retryAll({ action: "retry", key: boundedKey(key) }, request);
  }

  async #retryAll(asked: AskedSweep, request: IdempotentRequest | undefined): Promise<SweepAnswer> {
    await this.#runner.exists();
    this.#askWhetherWatched();
    return this.#sweepOnce(request, () => {
      if (!this.#runner.isReady) return { outcome: "unknown" };
      const { status } = this.#parts.configuration.current.config;
      return status === "enabled" ? this.#sweep(asked) : { outcome: status };
    });
  }

  /** Cancels a pending delivery; one in flight is canceled too, its attempt still goes on record. */
  async cancel(id: string, request?: IdempotentRequest): Promise<CancelAnswer> {
    this.#askWhetherWatched();
    await this.#awaitDelivery(id);
    return this.#runner.once<CancelAnswer>(request, cancelAnswerShape, () => this.#cancel(id));
  }

  #cancel(id: string): CancelAnswer {
    if (!this.#runner.isReady) return { outcome: "unknown" };
    const { deliveries, queue, health } = this.#parts;
    const row = deliveries.rowOf(id);
    if (!row) return { outcome: "unknown" };
    const pending = queue.pending(row.sequence);
    if (!pending) return { outcome: "not_pending" };
    this.#runner.change(() => {
      queue.close(pending, "canceled", this.#parts.surroundings.nowMs());
      health.countCanceled(1);
    });
    this.#parts.tail.noteChanged(row.sequence);
    const delivery = deliveries.at(row.sequence);
    return delivery ? { outcome: "canceled", delivery } : { outcome: "unknown" };
  }

  /** Cancels the pending deliveries of a selection; none of them is attempted from now on. */
  async cancelMany(selection: CancelSelection, request?: IdempotentRequest): Promise<SweepAnswer> {
    this.#askWhetherWatched();
    // It cancels what is there, should that take too long.
    if (await this.#runner.exists()) await this.#runner.handedOver.catchUp().catch(() => {});
    return this.#sweepOnce(request, () =>
      this.#runner.isReady ? this.#sweep({ action: "cancel", ...selection }) : { outcome: "unknown" },
    );
  }

  /** Cancels the pending deliveries of a selection that have one key. */
  async cancelOfKey(
    key: string,
    selection: CancelSelection,
    request?: IdempotentRequest,
  ): Promise<SweepAnswer> {
    this.#askWhetherWatched();
    if (await this.#runner.exists()) await this.#runner.handedOver.catchUp().catch(() => {});
    const asked = { action: "cancel" as const, ...selection, key: boundedKey(key) };
    return this.#sweepOnce(request, () =>
      this.#runner.isReady ? this.#sweep(asked) : { outcome: "unknown" },
    );
  }

  /**
   * A delivery that a life before this one held in memory alone, and showed, is not unknown: it comes again, with its number.
   * Throws where that takes too long.
   */
  async #awaitDelivery(id: string): Promise<void> {
    // Such a life may have stored nothing at all.
    if (!(await this.#runner.exists())) return;
    const sequence = sequenceOfDeliveryId(this.#parts.endpointId(), id);
    if (sequence !== null && sequence > this.#parts.queue.lastSequence)
      await this.#runner.handedOver.catchUp();
  }

  #sweepOnce(request: IdempotentRequest | undefined, act: () => SweepAnswer): SweepAnswer {
    const shape = sweepAnswerShape(this.#parts.surroundings.nowMs());
    return this.#runner.once<SweepAnswer>(request, shape, act);
  }

  #askWhetherWatched(): void {
    if (this.#runner.isReady) this.#parts.tail.ask();
  }

  #countCanceled(canceled: number): void {
    this.#parts.health.countCanceled(canceled);
    this.#parts.tail.noteSkipped(canceled);
  }

  /** Starts a sweep; a short one, as most are, is over with its first step. */
  #sweep(sweep: AskedSweep): SweepAnswer {
    const { sweeps } = this.#parts;
    if (sweeps.isFull) return { outcome: "too_many" };
    const { surroundings } = this.#parts;
    const nowMs = surroundings.nowMs();
    const { action } = sweep;
    const report: SweepReport = {
      ...{
        id: newId("swp", nowMs, surroundings),
        action,
        state: "running",
        matched: 0,
        changed: 0,
        createdAt: nowMs,
      },
    };
    this.#runner.change(() => {
      const isFirst = sweeps.isDone;
      sweeps.add(sweep, report);
      if (isFirst) this.#countCanceled(sweeps.step(nowMs));
    });
    return { outcome: "sweeping", sweep: sweeps.find(report.id) ?? report };
  }
}
