import type { Event } from "../domain/event.ts";
import type { IdempotentRequest } from "../domain/idempotency.ts";
import { sequenceOfDeliveryId } from "../domain/ids.ts";
import type { LastAttemptFilter } from "../domain/last-attempt.ts";
import type { ReplayAnswer } from "../domain/messages.ts";
import type {
  ReplayCandidates,
  ReplaySelection,
  ReplayStatus,
  ReplayStep,
  ReplayStepAnswer,
} from "../domain/replay-messages.ts";
import { replayAnswerShape } from "./kept-answers.ts";
import type { EndpointParts } from "./parts.ts";
import type { Runner } from "./runner.ts";

/** An event to be replayed. */
export interface AskedReplay {
  event: Event;
  /** The delivery that it repeats; null = the endpoint's newest of that event, if it has one. */
  replayOf: string | null;
  request?: IdempotentRequest;
}

/** What an endpoint does for replays: it adds events at the end of its order, and says which of its deliveries a job takes. */
export class Replaying {
  readonly #parts: EndpointParts;
  readonly #runner: Runner;
  /** Of each job whose step is on its way, the newest call. */
  readonly #awaited = new Map<string, symbol>();

  constructor(parts: EndpointParts, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** Adds a replay of an event at the end of the order. */
  async add({ event, replayOf, request }: AskedReplay): Promise<ReplayAnswer> {
    if (!(await this.#runner.exists())) return { outcome: "gone" };
    await this.#runner.handedOver.catchUp();
    if (!this.#runner.isReady) return { outcome: "gone" };
    this.#parts.tail.ask();
    return this.#runner.once<ReplayAnswer>(request, replayAnswerShape, () => this.#add(event, replayOf));
  }

  #add(event: Event, replayOf: string | null): ReplayAnswer {
    const { configuration, deliveries, endpointId, intake, surroundings } = this.#parts;
    if (configuration.current.config.status === "disabled") return { outcome: "disabled" };
    const original =
      replayOf === null
        ? (deliveries.rowsOf(event.position).at(-1)?.sequence ?? null)
        : sequenceOfDeliveryId(endpointId(), replayOf);
    const sequence = this.#runner.change(() => intake.addReplay(event, original, surroundings.nowMs()));
    const delivery = deliveries.at(sequence);
    return delivery ? { outcome: "enqueued", delivery } : { outcome: "gone" };
  }

  /** What a job by status takes, among the deliveries from one sequence to another; `to` absent = all there are. */
  async candidates(
    selection: ReplaySelection,
    from: number,
    limit: number,
    to?: number,
  ): Promise<ReplayCandidates & { to: number }> {
    await this.#runner.exists();
    this.#runner.settle();
    const last = to ?? this.#parts.queue.lastSequence;
    if (!this.#runner.isReady) return { positions: [], next: null, to: last };
    return { ...this.#parts.replays.candidates(selection, from, limit, last), to: last };
  }

  /** Which of some events, by log position, a job of this status takes. */
  async select(status: ReplayStatus, positions: number[], lastAttempt: LastAttemptFilter): Promise<number[]> {
    // One that has stored nothing yet has no configuration: what it missed is to be found all the same.
    await this.#runner.exists();
    this.#runner.settle();
    return this.#runner.isReady ? this.#parts.replays.select(status, positions, lastAttempt) : [];
  }

  /**
   * Enqueues a step of a job, once. One that waits here while its job sends it again, or ends, comes to nothing: what the job enqueued
   * is forgotten then, and it would be done a second time.
   */
  async step(step: ReplayStep): Promise<ReplayStepAnswer> {
    const { jobId } = step;
    const call = Symbol(jobId);
    this.#awaited.set(jobId, call);
    try {
      if (!(await this.#runner.exists())) return { outcome: "gone" };
      const isCaughtUp = await this.#runner.handedOver.isCaughtUp();
      return this.#awaited.get(jobId) === call ? this.#take(step, isCaughtUp) : { outcome: "full" };
    } finally {
      if (this.#awaited.get(jobId) === call) this.#awaited.delete(jobId);
    }
  }

  #take(step: ReplayStep, isCaughtUp: boolean): ReplayStepAnswer {
    if (!this.#runner.isReady) return { outcome: "gone" };
    const { configuration, intake, replays, surroundings, tail } = this.#parts;
    tail.hear(step.watch);
    if (configuration.current.config.status === "disabled") return { outcome: "disabled" };
    // A job waits, and asks again.
    if (intake.isFull || !isCaughtUp) return { outcome: "full" };
    const done = this.#runner.change(() => replays.enqueue(step, surroundings.nowMs()));
    this.#runner.start();
    return { outcome: "enqueued", done };
  }

  /** A job ended. */
  end(jobId: string): void {
    this.#awaited.delete(jobId);
    if (this.#runner.isReady) this.#parts.replays.forget(jobId);
  }
}
