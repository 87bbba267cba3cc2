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
  async take(batch: Taking): Promise<TakingAnswer> {
    if (!(await this.#runner.exists())) return { outcome: "gone" };
    this.#parts.tail.hear(batch.watch);
    const answer = this.#runner.handedOver.take(batch);
    this.#runner.start();
    return answer;
  }

  /** Takes a batch as rows. */
  async enqueue(batch: HandOver): Promise<HandOverAnswer> {
    if (!(await this.#runner.exists())) return { outcome: "gone" };
    this.#parts.tail.hear(batch.watch);
    const answer = this.#runner.handedOver.enqueue(batch);
    this.#runner.start();
    return answer;
  }
}
