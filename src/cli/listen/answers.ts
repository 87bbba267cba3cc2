import type { AppAnswer, AttemptRequest } from "./app.ts";

/** Answers that are remembered: of what may have been under way when a connection was cut, there are never so many. */
const MOST_REMEMBERED = 2000;

/**
 * What the app answered to each attempt. An attempt whose answer did not arrive comes again: it gets the same answer, and
 * the app is not called twice. One that is still under way is waited for.
 */
export class Answers {
  readonly #known = new Map<string, Promise<AppAnswer>>();

  /** The answer to an attempt; `call` is made where there is none yet. `isFirst`: whether it was made now. */
  of(
    { delivery_id: deliveryId, sequence, attempt }: AttemptRequest,
    call: () => Promise<AppAnswer>,
  ): { answer: Promise<AppAnswer>; isFirst: boolean } {
    // Each test event is another one, though all are called the same.
    if (sequence === 0) return { answer: call(), isFirst: true };
    const name = `${deliveryId} ${attempt}`;
    const known = this.#known.get(name);
    if (known !== undefined) return { answer: known, isFirst: false };
    const answer = call().then((given) => {
      // The service renews its access token upon a 401, and makes the same attempt again: the app must see the new one.
      if ("status" in given && given.status === 401) this.#known.delete(name);
      return given;
    });
    this.#known.set(name, answer);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return { answer, isFirst: true };
  }
}
