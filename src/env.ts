import type { EventLogObject } from "./domain/log-face.ts";
import type { EndpointObject, HubObject, InboxObject, SenderObject } from "./domain/object-faces.ts";

/** The Worker's bindings and settings: wrangler.toml on Cloudflare, `src/local/` under `npm start`. */
export interface Env {
  DB: D1Database;
  ARCHIVE: R2Bucket;
  EVENT_LOG: DurableObjectNamespace<EventLogObject>;
  ENDPOINT: DurableObjectNamespace<EndpointObject>;
  INBOX: DurableObjectNamespace<InboxObject>;
  HUB: DurableObjectNamespace<HubObject>;
  SENDER: DurableObjectNamespace<SenderObject>;
  /** The way out to receivers on one machine, where workerd enforces ALLOWED_NETWORKS at connect time. */
  EGRESS?: Fetcher;
  /** One machine's names: `GET http://resolver/{name}` answers a JSON list of addresses, empty for an unknown name. */
  RESOLVER?: Fetcher;
  /**
   * One machine's disk: `POST http://disk/archive/{key}` answers 204 once that object of R2 outlives a power cut, and
   * `GET http://disk/room` what is free, as `{freeBytes, totalBytes}`.
   */
  DISK?: Fetcher;
  /** The dashboard's files and the OpenAPI document, `dist/public`. */
  ASSETS?: Fetcher;
  /** The operator's token, for workspaces and metrics. */
  ADMIN_TOKEN?: string;
  /** Comma list of base64 AES-256 keys, newest first; the older ones still decrypt. */
  ENCRYPTION_KEY: string;
  /** Comma list of `public` and CIDR ranges that deliveries may go to; unset = `public`. */
  ALLOWED_NETWORKS?: string;
  /** Where objects are made, as `weur`; unset or empty = near whoever calls them first. */
  LOCATION?: string;
  /** Connections that one object has; attempts beyond those of their endpoint's go by its senders. Unset = 6, Cloudflare's limit. */
  SLOTS_PER_OBJECT?: string;
  /** Age at which an open segment is written to R2, in seconds; unset = 600. */
  ARCHIVE_AFTER_SECONDS?: string;
  /** How soon an object that is lost with work in hand is woken, in seconds; unset = 8. */
  SAFETY_NET_SECONDS?: string;
  /** Endpoints that a workspace may have; unset = 10,000. */
  ENDPOINTS_PER_WORKSPACE?: string;
  /** How many objects may be open at once (files, on one machine); unset = no limit. */
  LIVE_OBJECTS?: string;
}
