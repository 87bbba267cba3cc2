import { setTimeout as wait } from "node:timers/promises";
import type { Random } from "../e2e/random.ts";
import { launch, type Service } from "../e2e/started-service.ts";

/** The kills, and the lives between them. */
export class Crashes {
  readonly #service: Service;
  readonly #random: Random;
  #serving: Promise<void> = Promise.resolve();
  #life = 1;
  count = 0;

  constructor(service: Service, random: Random) {
    this.#service = service;
    this.#random = random;
  }

  /** Counts the starts of the service. */
  get life(): number {
    return this.#life;
  }

  untilServing(): Promise<void> {
    return this.#serving;
  }

  /** Kills the service and starts it again; one time in five the first start is killed too, before it serves. */
  kill(): Promise<void> {
    this.#serving = this.#kill();
    return this.#serving;
  }

  async #kill(): Promise<void> {
    await this.#service.kill9();
    this.count++;
    if (this.#random.happens(0.2)) {
      this.#life++;
      this.#service.process = launch(this.#service.environment);
      await wait(this.#random.whole(100, 700));
      await this.#service.kill9();
      this.count++;
    }
    this.#life++;
    await this.#service.restart();
  }

  /** `kills` moments within `durationMs`: one in each of as many equal spans, some of them right after a start. */
  async *moments(kills: number, durationMs: number): AsyncGenerator<void> {
    const startedAt = Date.now();
    const spanMs = durationMs / kills;
    for (let i = 0; i < kills; i++) {
      const inSpanMs = this.#random.happens(0.2) ? 0 : this.#random.next() * spanMs;
      await wait(Math.max(0, startedAt + i * spanMs + inSpanMs - Date.now()));
      yield;
    }
    await wait(Math.max(0, startedAt + durationMs - Date.now()));
  }
}
