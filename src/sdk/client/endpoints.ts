import type {
  Attempt,
  CancelSelection,
  CreatedEndpoint,
  Delivery,
  DeliveryQuery,
  DeliveryRequest,
  DeliverySweep,
  DeliveryWithAttempts,
  Endpoint,
  EndpointChange,
  EndpointPreview,
  EndpointQuery,
  EndpointQueue,
  EndpointSecret,
  EndpointStats,
  EndpointVersion,
  EndpointVersionWithState,
  NewEndpoint,
  NewReplayJob,
  PreviewAnswer,
  PullAck,
  PullAcked,
  PulledEvents,
  ReplayJob,
  RestoredEndpoint,
  RotatedSecret,
  SecretRotation,
  StatsWindow,
} from "./bodies.ts";
import type { Http, RequestOptions } from "./http.ts";
import { List } from "./pages.ts";

/** `/v1/endpoints`. */
export class Endpoints {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** The answer carries the secret, once. */
  create(endpoint: NewEndpoint, options?: RequestOptions): Promise<CreatedEndpoint> {
    return this.#http.request("POST", "/v1/endpoints", { body: endpoint, ...options });
  }

  list(query?: EndpointQuery, options?: RequestOptions): List<Endpoint> {
    return new List(this.#http, "/v1/endpoints", query, options);
  }

  get(id: string, options?: RequestOptions): Promise<Endpoint> {
    return this.#http.request("GET", pathOf(id), options);
  }

  update(id: string, change: EndpointChange, options?: RequestOptions): Promise<Endpoint> {
    return this.#http.request("PATCH", pathOf(id), { body: change, ...options });
  }

  delete(id: string, options?: RequestOptions): Promise<void> {
    return this.#http.request("DELETE", pathOf(id), options);
  }

  /** Whether conditions would take an event, and if not why; nothing is stored or sent. */
  preview(conditions: EndpointPreview, options?: RequestOptions): Promise<PreviewAnswer> {
    return this.#http.request("POST", "/v1/endpoints/preview", { body: conditions, ...options });
  }

  secret(id: string, options?: RequestOptions): Promise<EndpointSecret> {
    return this.#http.request("GET", pathOf(id, "/secret"), options);
  }

  rotateSecret(id: string, rotation: SecretRotation = {}, options?: RequestOptions): Promise<RotatedSecret> {
    return this.#http.request("POST", pathOf(id, "/secret/rotate"), { body: rotation, ...options });
  }

  /** Its history, newest first: each version with who made it and what differs. */
  versions(id: string, options?: RequestOptions): List<EndpointVersion> {
    return new List(this.#http, pathOf(id, "/versions"), {}, options);
  }

  /** The endpoint as it was. `version`: a number, as attempts name it, or the id of a change. */
  version(id: string, version: number | string, options?: RequestOptions): Promise<EndpointVersionWithState> {
    return this.#http.request("GET", versionPath(id, version), options);
  }

  /** Changes it back to what it was, but its status and its signing secrets; `change` counts instead. */
  restore(
    id: string,
    version: number | string,
    change: EndpointChange = {},
    options?: RequestOptions,
  ): Promise<RestoredEndpoint> {
    const path = versionPath(id, version, "/restore");
    return this.#http.request("POST", path, { body: change, ...options });
  }

  /** Sends a sample at once; the answer is the attempt. */
  test(id: string, sample: { type?: string } = {}, options?: RequestOptions): Promise<Attempt> {
    return this.#http.request("POST", pathOf(id, "/test"), { body: sample, ...options });
  }

  stats(id: string, window?: StatsWindow, options?: RequestOptions): Promise<EndpointStats> {
    return this.#http.request("GET", pathOf(id, "/stats"), { query: { window }, ...options });
  }

  /** The head of its queue, why it waits, and what waits behind it. */
  queue(id: string, options?: RequestOptions): Promise<EndpointQueue> {
    return this.#http.request("GET", pathOf(id, "/queue"), options);
  }

  /** Makes all that is pending due now. */
  retryAll(id: string, options?: RequestOptions): Promise<DeliverySweep> {
    return this.#http.request("POST", pathOf(id, "/retry"), options);
  }

  /** Makes every delivery of one key that waits for a retry due now, where the endpoint's order is by key; empty = of the events that have none. */
  retryKey(id: string, key: string, options?: RequestOptions): Promise<DeliverySweep> {
    return this.#http.request("POST", pathOf(id, "/retry"), { body: { key }, ...options });
  }

  /** Cancels what is pending, or a part of it. */
  cancelAll(id: string, selection: CancelSelection = {}, options?: RequestOptions): Promise<DeliverySweep> {
    return this.#http.request("POST", pathOf(id, "/cancel"), { body: selection, ...options });
  }

  /** How far a retry or cancel of many is. */
  getSweep(id: string, sweepId: string, options?: RequestOptions): Promise<DeliverySweep> {
    return this.#http.request("GET", pathOf(id, `/sweeps/${encodeURIComponent(sweepId)}`), options);
  }

  /** The next events of an endpoint whose `transport` is `pull`, under a lease. `wait`, `lease`: seconds. */
  pull(
    id: string,
    query: { limit?: number; wait?: number; lease?: number; ack?: string } = {},
    options?: RequestOptions,
  ): Promise<PulledEvents> {
    return this.#http.request("GET", pathOf(id, "/pull"), { query, ...options });
  }

  /** Ends what was pulled: those that are not named succeeded. */
  acknowledge(id: string, ack: PullAck, options?: RequestOptions): Promise<PullAcked> {
    return this.#http.request("POST", pathOf(id, "/pull/ack"), { body: ack, ...options });
  }

  deliveries(id: string, query?: DeliveryQuery, options?: RequestOptions): List<Delivery> {
    return new List(this.#http, pathOf(id, "/deliveries"), query, options);
  }

  delivery(id: string, deliveryId: string, options?: RequestOptions): Promise<DeliveryWithAttempts> {
    return this.#http.request("GET", deliveryPath(id, deliveryId), options);
  }

  /** The request of an attempt as it was, or the next one as it would be sent; secrets are masked. */
  deliveryRequest(
    id: string,
    deliveryId: string,
    query: { attempt?: number; signed?: "now" } = {},
    options?: RequestOptions,
  ): Promise<DeliveryRequest> {
    return this.#http.request("GET", deliveryPath(id, deliveryId, "/request"), { query, ...options });
  }

  retry(id: string, deliveryId: string, options?: RequestOptions): Promise<Delivery> {
    return this.#http.request("POST", deliveryPath(id, deliveryId, "/retry"), options);
  }

  cancel(id: string, deliveryId: string, options?: RequestOptions): Promise<Delivery> {
    return this.#http.request("POST", deliveryPath(id, deliveryId, "/cancel"), options);
  }

  /** The event again, as a new delivery at the end of the endpoint's order. */
  replay(id: string, deliveryId: string, options?: RequestOptions): Promise<Delivery> {
    return this.#http.request("POST", deliveryPath(id, deliveryId, "/replay"), options);
  }

  createReplay(id: string, selection: NewReplayJob = {}, options?: RequestOptions): Promise<ReplayJob> {
    return this.#http.request("POST", pathOf(id, "/replays"), { body: selection, ...options });
  }

  replays(id: string, options?: RequestOptions): List<ReplayJob> {
    return new List(this.#http, pathOf(id, "/replays"), {}, options);
  }

  getReplay(id: string, replayId: string, options?: RequestOptions): Promise<ReplayJob> {
    return this.#http.request("GET", pathOf(id, `/replays/${encodeURIComponent(replayId)}`), options);
  }

  cancelReplay(id: string, replayId: string, options?: RequestOptions): Promise<void> {
    return this.#http.request("DELETE", pathOf(id, `/replays/${encodeURIComponent(replayId)}`), options);
  }
}

function pathOf(id: string, rest = ""): string {
  return `/v1/endpoints/${encodeURIComponent(id)}${rest}`;
}

function versionPath(id: string, version: number | string, rest = ""): string {
  return pathOf(id, `/versions/${encodeURIComponent(version)}${rest}`);
}

function deliveryPath(id: string, deliveryId: string, rest = ""): string {
  return pathOf(id, `/deliveries/${encodeURIComponent(deliveryId)}${rest}`);
}
