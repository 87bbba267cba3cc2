import type { HandOver, HandOverAnswer, Taking, TakingAnswer } from "../domain/messages.ts";
import type { EndpointParts } from "./parts.ts";
import type { Runner } from "./runner.ts";
import { deliveryBytes } from "./tables/delivery-row.ts";

/** What batches may hold that wait until they may be taken; each log keeps the rest, and hands it over again. */
const WAITING_BYTES = 4_000_000;

/** What an endpoint does where a log hands something over: it may not know yet that it exists, and attempts at once what it can. */
export class FromLogs {
  readonly #parts: Pick<EndpointParts, "configuration" | "intake" | "tail">;
  readonly #runner: Runner;
  /** What those hold that wait, bytes. */
  #waitingBytes = 0;

  constructor(parts: Pick<EndpointParts, "configuration" | "intake" | "tail">, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** Takes a batch, see `HandedOver`. */
  async take(batch: Taking): Promise<TakingAnswer> {
    return (await this.#askedFor(batch)) ?? this.#handOver(batch, () => this.#runner.handedOver.take(batch));
  }

  /**
   * An object without a configuration asks the log for it, which reads those of many at a time; null = it asks for none.
   * A configuration that this life asked for is taken.
   */
  async #askedFor({ configuration: given }: Taking): Promise<TakingAnswer | null> {
    const { isErased, isReady } = this.#runner;
    if (isReady || isErased || given === undefined) return null;
    const { configuration } = this.#parts;
    if (given === null || !configuration.isAskedBy(given.askedBy))
      return { outcome: "unconfigured", askedBy: configuration.ask() };
    await this.#runner.adopt(given.config, true);
    return null;
  }

  /** Takes a batch as rows. */
  enqueue(batch: HandOver): Promise<HandOverAnswer> {
    return this.#handOver(batch, () => this.#runner.handedOver.enqueue(batch));
  }

  async #handOver<Answer>(
    batch: HandOver,
    take: () => Answer | Promise<Answer>,
  ): Promise<Answer | Exclude<HandOverAnswer, { outcome: "taken" }>> {
    if (!(await this.#runner.exists())) return { outcome: "gone" };
    this.#parts.tail.hear(batch.watch);
    const ready = this.#runner.handedOver.awaitOtherLogs(batch);
    if (ready !== null && !(await this.#wait(batch, ready)))
      return { outcome: "full", taken: this.#parts.intake.takenOf(batch.logId) };
    const answer = take();
    this.#runner.start();
    return answer;
  }

  /** Waits with a batch until it may be taken; false = as much waits already as may. Alone it always may. */
  async #wait({ events }: HandOver, ready: Promise<void>): Promise<boolean> {
    const bytes = events.reduce((sum, event) => sum + deliveryBytes(event), 0);
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > WAITING_BYTES) return false;
    this.#waitingBytes += bytes;
    try {
      await ready;
      return true;
    } finally {
      this.#waitingBytes -= bytes;
    }
  }
}
