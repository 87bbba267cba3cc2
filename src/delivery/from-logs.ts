import type { HandOver, HandOverAnswer, Taking, TakingAnswer } from "../domain/messages.ts";
import type { EndpointParts } from "./parts.ts";
import type { Runner } from "./runner.ts";

/** What an endpoint does where a log hands something over: it may not know yet that it exists, and attempts at once what it can. */
export class FromLogs {
  readonly #parts: Pick<EndpointParts, "tail">;
  readonly #runner: Runner;

  constructor(parts: Pick<EndpointParts, "tail">, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** Takes a batch, see `HandedOver`. */
  take(batch: Taking): Promise<TakingAnswer> {
    return this.#handOver(batch, () => this.#runner.handedOver.take(batch));
  }

  /** Takes a batch as rows. */
  enqueue(batch: HandOver): Promise<HandOverAnswer> {
    return this.#handOver(batch, () => this.#runner.handedOver.enqueue(batch));
  }

  async #handOver<Answer>(
    { watch }: Pick<HandOver, "watch">,
    take: () => Answer | Promise<Answer>,
  ): Promise<Answer | { outcome: "gone" }> {
    if (!(await this.#runner.exists())) return { outcome: "gone" };
    this.#parts.tail.hear(watch);
    const answer = take();
    this.#runner.start();
    return answer;
  }
}
