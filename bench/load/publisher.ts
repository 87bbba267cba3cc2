import { Pool } from "undici";
import { answerParent } from "../child.ts";
import { nowUs, sleep } from "../clock.ts";
import { type Percentiles, percentilesOf } from "../percentiles.ts";
import { bodyOf, type EventShape } from "./body.ts";

/** A load: POSTs to one address over keep-alive connections. */
export interface Load extends EventShape {
  origin: string;
  path: string;
  key: string;
  /** Sent beside the key. */
  headers: Record<string, string>;
  connections: number;
  /** Events per second, sent when they are due whatever the answers do; null = each connection as fast as it is answered. */
  ratePerSecond: number | null;
  /** Ends after this long, or after this many accepted events. */
  durationMs: number | null;
  events: number | null;
}

export interface LoadResult {
  /** Answered 2xx. */
  acceptedRequests: number;
  acceptedEvents: number;
  refusedRequests: number;
  elapsedMs: number;
  /** From when a request was due to its whole answer. */
  answerUs: Percentiles;
}

class Run {
  readonly #load: Load;
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;
  readonly #perRequest: number;
  readonly #answerUs: number[] = [];
  #nextNumber: number;
  #accepted = 0;
  #refused = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#pool = new Pool(load.origin, { connections: load.connections, pipelining: 1 });
    this.#headers = { "content-type": "application/json", ...load.headers };
    if (load.key !== "") this.#headers.authorization = `Bearer ${load.key}`;
    this.#perRequest = load.batch ?? 1;
    this.#nextNumber = load.firstNumber;
  }

  async measure(): Promise<LoadResult> {
    const startedAt = nowUs();
    if (this.#load.ratePerSecond === null) await this.#closed(startedAt);
    else await this.#paced(startedAt, this.#load.ratePerSecond);
    const elapsedMs = (nowUs() - startedAt) / 1000;
    await this.#pool.close();
    return {
      acceptedRequests: this.#accepted,
      acceptedEvents: this.#accepted * this.#perRequest,
      refusedRequests: this.#refused,
      elapsedMs,
      answerUs: percentilesOf(this.#answerUs),
    };
  }

  /** Requests that are still to be sent, at the most. */
  #requests(): number {
    const { events, durationMs, ratePerSecond } = this.#load;
    if (events !== null) return Math.ceil(events / this.#perRequest);
    if (ratePerSecond === null || durationMs === null) return Number.POSITIVE_INFINITY;
    return Math.floor((ratePerSecond * durationMs) / 1000 / this.#perRequest);
  }

  async #closed(startedAt: number): Promise<void> {
    const { connections, durationMs } = this.#load;
    const endAt = durationMs === null ? Number.POSITIVE_INFINITY : startedAt + durationMs * 1000;
    let left = this.#requests();
    const connection = async () => {
      while (left > 0 && nowUs() < endAt) {
        left--;
        if (await this.#post(nowUs())) continue;
        left++;
        await sleep(50);
      }
    };
    await Promise.all(Array.from({ length: connections }, connection));
  }

  async #paced(startedAt: number, ratePerSecond: number): Promise<void> {
    const total = this.#requests();
    const outstanding: Promise<boolean>[] = [];
    const everyUs = (1_000_000 * this.#perRequest) / ratePerSecond;
    while (outstanding.length < total) {
      const due = Math.min(total, Math.floor((nowUs() - startedAt) / everyUs) + 1);
      while (outstanding.length < due) outstanding.push(this.#post(nowUs()));
      await sleep(1);
    }
    await Promise.all(outstanding);
  }

  async #post(sentAtUs: number): Promise<boolean> {
    const body = bodyOf(this.#load, this.#nextNumber, sentAtUs);
    this.#nextNumber += this.#perRequest;
    let isAccepted = false;
    try {
      const answer = await this.#pool.request({
        method: "POST",
        path: this.#load.path,
        headers: this.#headers,
        body,
      });
      await answer.body.dump();
      isAccepted = answer.statusCode >= 200 && answer.statusCode < 300;
    } catch {
      // A broken connection counts as refused.
    }
    if (isAccepted) this.#accepted++;
    else this.#refused++;
    this.#answerUs.push(nowUs() - sentAtUs);
    return isAccepted;
  }
}

const answers = {
  run: (load: Load): Promise<LoadResult> => new Run(load).measure(),
};

export type PublisherAnswers = typeof answers;

answerParent(answers);
