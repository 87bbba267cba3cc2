import type {
  Delivery,
  NewReplay,
  Replay,
  ReplayJob,
  TailTicket,
  WorkspaceDeliveryQuery,
  WorkspaceStats,
  WorkspaceStatsQuery,
} from "./bodies.ts";
import type { RequestOptions } from "./http.ts";
import { List } from "./pages.ts";
import { Resource } from "./resources.ts";

/** `/v1/deliveries`: of all endpoints. */
export class Deliveries extends Resource {
  /** By endpoint, newest first within one. */
  list(query?: WorkspaceDeliveryQuery, options?: RequestOptions): List<Delivery> {
    return new List(this.http, "/v1/deliveries", query, options);
  }

  /** Lets a browser open the socket `GET /v1/tail` once, within 30 seconds. */
  tailTicket(options?: RequestOptions): Promise<TailTicket> {
    return this.http.request("POST", "/v1/tail/tickets", options);
  }
}

/** `/v1/replays`: over several endpoints. */
export class Replays extends Resource {
  /** With `dry_run` it counts what it would take, and enqueues nothing. */
  create(selection: NewReplay, options?: RequestOptions): Promise<Replay> {
    return this.http.request("POST", "/v1/replays", { body: selection, ...options });
  }

  list(options?: RequestOptions): List<Replay> {
    return new List(this.http, "/v1/replays", {}, options);
  }

  get(id: string, options?: RequestOptions): Promise<Replay> {
    return this.http.request("GET", replayPath(id), options);
  }

  /** The job of each endpoint. */
  jobs(id: string, options?: RequestOptions): List<ReplayJob> {
    return new List(this.http, `${replayPath(id)}/jobs`, {}, options);
  }

  cancel(id: string, options?: RequestOptions): Promise<void> {
    return this.http.request("DELETE", replayPath(id), options);
  }
}

/** `/v1/stats`: how the endpoints of the workspace do. */
export class Stats extends Resource {
  /** A page of endpoints with their totals; without a cursor the first. */
  page(query?: WorkspaceStatsQuery & { cursor?: string }, options?: RequestOptions): Promise<WorkspaceStats> {
    return this.http.request("GET", "/v1/stats", { query, ...options });
  }
}

function replayPath(id: string): string {
  return `/v1/replays/${encodeURIComponent(id)}`;
}
