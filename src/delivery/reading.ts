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
} from "../domain/messages.ts";
import type { QueueState } from "../domain/queue-state.ts";
import { shownRequest } from "./attempt/shown-request.ts";
import { explainDeliveries } from "./explain.ts";
import type { EndpointParts } from "./parts.ts";
import { queueState } from "./queue-state.ts";
import type { Runner } from "./runner.ts";

/** What an endpoint shows of its deliveries. All that is in memory alone is stored before: nobody reads what is half so. */
export class Reading {
  readonly #parts: EndpointParts;
  readonly #runner: Runner;

  constructor(parts: EndpointParts, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** How its queue stands; null = it does not exist. */
  queueState(): QueueState | null {
    if (!this.#runner.isReady) return null;
    this.#runner.settle();
    return queueState(this.#parts, this.#runner.standstill(), this.#parts.surroundings.nowMs());
  }

  stats(window: StatsWindow): EndpointStats {
    this.#runner.settle();
    return this.#parts.health.stats(window);
  }

  list(query: DeliveryQuery): DeliveryPage {
    this.#runner.settle();
    return this.#runner.isErased ? { rows: [], next: null, examined: 0 } : this.#parts.deliveries.list(query);
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

  /** What it has of the event at a log position, and why the newest of it waits. */
  explain(position: number): ExplainedDeliveries {
    if (!this.#runner.isReady) return { deliveries: [], wait: null };
    this.#runner.settle();
    const nowMs = this.#parts.surroundings.nowMs();
    return explainDeliveries(this.#parts, this.#runner.standstill(), position, nowMs);
  }
}
