import type { ExplainAnswer, ExplainRequest } from "../domain/explain-messages.ts";
import type { LogMetrics } from "../domain/log-figures.ts";
import type { PlainLogAnswer } from "../domain/log-shards.ts";
import type { EventPage, EventQuery, EventSpan, EventSpanPage, FindEventAnswer } from "../domain/messages.ts";
import type {
  EventSearch,
  EventSearchPage,
  SubscriptionTrial,
  TriedEvent,
  TriedInLog,
} from "../domain/search-messages.ts";
import type { Surroundings } from "../domain/surroundings.ts";
import { explain } from "./find/explain.ts";
import { listEvents } from "./find/list.ts";
import { searchEvents } from "./find/search.ts";
import { tryNewest } from "./find/trial.ts";
import { metricsOf } from "./metrics.ts";
import type { LogParts } from "./parts.ts";
import { readSpan } from "./span.ts";

/**
 * What a log says of its events. Where there are several, each answer says so, and what one page may look at is shared out among
 * them, since all are asked. See `EventLogObject`.
 */
export class LogReading {
  readonly #parts: LogParts;
  readonly #surroundings: Surroundings;

  constructor(parts: LogParts, surroundings: Surroundings) {
    this.#parts = parts;
    this.#surroundings = surroundings;
  }

  async findEvent(id: string): Promise<FindEventAnswer> {
    const { lookup, share } = this.#parts;
    return share.addCount(await lookup.find(id));
  }

  eventIdOf(name: string): PlainLogAnswer<string | null> {
    const { lookup, share } = this.#parts;
    return share.addCountTo(lookup.idOf(name));
  }

  explain(request: ExplainRequest, nextPosition: () => number): Promise<ExplainAnswer> {
    return explain({ ...this.#parts, nextPosition }, request);
  }

  async listEvents(query: EventQuery): Promise<EventPage> {
    const { reader, share } = this.#parts;
    return share.addCount(await listEvents(reader, query, this.#surroundings.nowMs(), share.logs));
  }

  async search(query: EventSearch): Promise<EventSearchPage> {
    const { reader, share } = this.#parts;
    return share.addCount(await searchEvents(reader, query, this.#surroundings, share.logs));
  }

  async tryNewest(trial: SubscriptionTrial): Promise<TriedEvent[] | TriedInLog> {
    const { reader, share } = this.#parts;
    const { logs } = share;
    const found = await tryNewest(reader, trial, this.#surroundings, logs);
    return logs === 1 ? found.tried : { ...found, logs };
  }

  async readSpan(span: EventSpan): Promise<EventSpanPage> {
    const { appender, reader, share } = this.#parts;
    const { lastPosition } = appender;
    const bounds = { lastPosition, logs: share.logs, nowMs: this.#surroundings.nowMs() };
    return share.addCount(await readSpan(reader, span, bounds));
  }

  metrics(): LogMetrics {
    return this.#parts.share.addCount(metricsOf(this.#parts));
  }
}
