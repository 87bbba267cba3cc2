import type { Delivery } from "../domain/delivery.ts";
import type { Event } from "../domain/event.ts";
import type { ExplainedDeliveries } from "../domain/explain-messages.ts";
import type {
  DeliveryPage,
  DeliveryQuery,
  DeliveryWithAttempts,
  EndpointStats,
  ShownRequestAnswer,
  StatsWindow,
  SweepReport,
} from "../domain/messages.ts";
import type { QueueState } from "../domain/queue-state.ts";
import type { Turn } from "../storage/own-turns.ts";
import { shownRequest } from "./attempt/shown-request.ts";
import { explainDeliveries } from "./explain.ts";
import type { EndpointParts } from "./parts.ts";
import { EXAMINED_PER_PAGE } from "./queue/deliveries.ts";
import { queueState } from "./queue-state.ts";
import type { Runner } from "./runner.ts";

/** A list is looked through in pieces of so many deliveries; a piece takes about so much of the thread. */
const LOOKED_AT_ONCE = 300;
const LOOKING_MS = 1.5;

/** What an endpoint shows of its deliveries. All that is in memory alone is stored before: nobody reads what is half so. */
export class Reading {
  readonly #parts: EndpointParts;
  readonly #runner: Runner;
  readonly #turn: Turn;

  /** @param turn when a piece of a long list may be looked at, on the thread that all share */
  constructor(parts: EndpointParts, runner: Runner, turn: Turn) {
    this.#parts = parts;
    this.#runner = runner;
    this.#turn = turn;
  }

  /** How its queue stands; null = it does not exist. */
  async queueState(): Promise<QueueState | null> {
    if (!(await this.#runner.exists())) return null;
    this.#runner.settle();
    return queueState(this.#parts, this.#runner.standstill(), this.#parts.surroundings.nowMs());
  }

  /** How far a retry or cancel of many is; null if none such is on record. */
  sweep(id: string): SweepReport | null {
    return this.#runner.isReady ? this.#parts.sweeps.find(id) : null;
  }

  stats(window: StatsWindow): EndpointStats {
    this.#runner.settle();
    return this.#parts.health.stats(window);
  }

  /** In pieces: of thousands that a filter passes over, the thread would look at nothing else. */
  async list(query: DeliveryQuery): Promise<DeliveryPage> {
    this.#runner.settle();
    const { deliveries } = this.#parts;
    const page: DeliveryPage = { rows: [], next: null, examined: 0 };
    const most = Math.min(query.examine ?? EXAMINED_PER_PAGE, EXAMINED_PER_PAGE);
    do {
      const turn = this.#runner.isReady ? this.#turn(LOOKING_MS) : null;
      if (turn !== null) await turn;
      if (this.#runner.isErased) return { ...page, next: null };
      const part = deliveries.list({
        ...query,
        limit: query.limit - page.rows.length,
        cursor: page.next ?? query.cursor,
        examine: Math.min(LOOKED_AT_ONCE, most - page.examined),
      });
      page.rows.push(...part.rows);
      page.examined += part.examined;
      page.next = part.next;
    } while (page.next !== null && page.rows.length < query.limit && page.examined < most);
    return page;
  }

  find(id: string): DeliveryWithAttempts | null {
    this.#runner.settle();
    return this.#runner.isErased ? null : this.#parts.deliveries.find(id);
  }

  /** The request of an attempt of a delivery, see `shown-request.ts`. */
  showRequest(id: string, attempt: number | "next" | null, event: Event | null): ShownRequestAnswer {
    if (!this.#runner.isReady) return { outcome: "unknown" };
    this.#runner.settle();
    const { configuration, deliveries, surroundings } = this.#parts;
    return shownRequest(deliveries, configuration.current, id, attempt, event, surroundings.nowMs());
  }

  /** The deliveries of the event at a log position. */
  ofEvent(position: number): Delivery[] {
    this.#runner.settle();
    return this.#runner.isErased ? [] : this.#parts.deliveries.ofEvent(position);
  }

  /** The deliveries of the event at a log position, and why the newest of them waits. */
  explain(position: number): ExplainedDeliveries {
    if (!this.#runner.isReady) return { deliveries: [], wait: null };
    this.#runner.settle();
    const nowMs = this.#parts.surroundings.nowMs();
    return explainDeliveries(this.#parts, this.#runner.standstill(), position, nowMs);
  }
}
