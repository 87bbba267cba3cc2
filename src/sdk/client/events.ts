import { EventBatching } from "./batching.ts";
import type {
  AcceptedEvent,
  Event,
  EventDeliveries,
  EventExplanation,
  EventForecast,
  EventQuery,
  EventReplays,
  EventSearch,
  EventSearchResult,
  EventSummary,
  NewEvent,
  NewestPreview,
  NewestPreviewAnswer,
} from "./bodies.ts";
import type { Http, RequestOptions } from "./http.ts";
import { List } from "./pages.ts";

/** `/v1/events`. */
export class Events {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Resolves once the event is stored durably. */
  publish(event: NewEvent, options?: RequestOptions): Promise<AcceptedEvent> {
    return this.#http.request("POST", "/v1/events", { body: event, ...options });
  }

  /** Up to 1,000 events, all or none. */
  async publishBatch(events: readonly NewEvent[], options?: RequestOptions): Promise<AcceptedEvent[]> {
    const { events: accepted } = await this.#http.request<{ events: AcceptedEvent[] }>(
      "POST",
      "/v1/events/batch",
      { body: { events }, ...options },
    );
    return accepted;
  }

  /** Publishes one by one as it is asked, and sends what comes together in one request. */
  batching(): EventBatching {
    return new EventBatching((events) => this.publishBatch(events));
  }

  /** Newest first. */
  list(query?: EventQuery, options?: RequestOptions): List<EventSummary> {
    return new List(this.#http, "/v1/events", query, options);
  }

  /** A page of the events of the last 30 days that fit; it may be short, even empty, without being the last. */
  search(search: EventSearch, options?: RequestOptions): Promise<EventSearchResult> {
    return this.#http.request("POST", "/v1/events/search", { body: search, ...options });
  }

  /** How many of the newest events an endpoint with these conditions would get, and why not the others. */
  preview(conditions: NewestPreview, options?: RequestOptions): Promise<NewestPreviewAnswer> {
    return this.#http.request("POST", "/v1/events/preview", { body: conditions, ...options });
  }

  get(id: string, options?: RequestOptions): Promise<Event> {
    return this.#http.request("GET", pathOf(id), options);
  }

  /** As the API writes it: its `data` byte for byte as it was sent. */
  getText(id: string, options?: RequestOptions): Promise<string> {
    return this.#http.text("GET", pathOf(id), options);
  }

  /** Publishes an event that is JSON already, as it is written: its numbers keep their digits. */
  publishText(event: string, options?: RequestOptions): Promise<AcceptedEvent> {
    return this.#http.request("POST", "/v1/events", { bodyText: event, ...options });
  }

  /** Per endpoint: what became of it, and why. A page. */
  explain(
    id: string,
    query: { endpoint_id?: string; cursor?: string; limit?: number } = {},
    options?: RequestOptions,
  ): Promise<EventExplanation> {
    return this.#http.request("GET", pathOf(id, "/explain"), { query, ...options });
  }

  /** Per endpoint: what would become of an event, given as JSON, if it were published now. A page. */
  forecast(event: string, cursor?: string, options?: RequestOptions): Promise<EventForecast> {
    const rest = cursor === undefined ? "" : `,"cursor":${JSON.stringify(cursor)}`;
    return this.#http.request("POST", "/v1/events/explain", {
      bodyText: `{"event":${event}${rest}}`,
      ...options,
    });
  }

  /** What became of it at each endpoint. */
  deliveries(id: string, options?: RequestOptions): Promise<EventDeliveries> {
    return this.#http.request("GET", pathOf(id, "/deliveries"), options);
  }

  /** Again to these endpoints, or to all that match now. */
  replay(id: string, endpointIds?: readonly string[], options?: RequestOptions): Promise<EventReplays> {
    const body = endpointIds === undefined ? {} : { endpoint_ids: endpointIds };
    return this.#http.request("POST", pathOf(id, "/replay"), { body, ...options });
  }
}

/** An own id may be any text. */
function pathOf(id: string, rest = ""): string {
  return `/v1/events/${encodeURIComponent(id)}${rest}`;
}
