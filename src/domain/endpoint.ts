import type { Stored } from "./stored.ts";

/** Which events an endpoint gets. All conditions must hold. */
export interface Subscription {
  /** Exact types, `deal.*` (any type that starts with `deal.`), or `*`. */
  types: string[];
  /** Any of `data.stage`; empty = all. */
  stages: string[];
  /** Any of the event's tags; empty = all. */
  tags: string[];
  /** Each pair must equal the event's. */
  context: Record<string, string>;
  /** A CEL expression; null = none. */
  filter: string | null;
}

export interface RetryPolicy {
  /** Seconds between attempts: n delays are n + 1 attempts. */
  delays: number[];
  /** Share of each delay that is random, 0–0.5: the delay is multiplied by 1 ± jitter. */
  jitter: number;
}

/** What a dialect sets of a new endpoint's policy. */
export interface DialectDefaults {
  retry: RetryPolicy;
  /** Failed attempts in a row after which the endpoint is disabled; null = never. */
  disableAfterFailures: number | null;
}

/** How deliveries may be sent. */
export const DELIVERY_METHODS = ["POST", "PUT"] as const;

export const ENDPOINT_STATUSES = ["enabled", "paused", "disabled"] as const;

export type EndpointStatus = (typeof ENDPOINT_STATUSES)[number];

/** A signing secret; during a rotation an endpoint has several, newest first. */
export interface SigningSecret {
  secret: string;
  /** Unix milliseconds; null = the current one. */
  expiresAt: number | null;
  /**
   * Where one secret signs at a time: until then this earlier one does in place of those after it, Unix milliseconds.
   * Absent in the current one, and in what versions before 0.2 rotated: there the newest signed at once.
   */
  signsUntil?: number;
}

/** What must not be readable at rest: kept as one sealed text (`seal/seal.ts`). */
export interface EndpointSecrets {
  secrets: SigningSecret[];
  headers: Record<string, string>;
  auth: EndpointAuth | null;
}

export type EndpointAuth =
  | { type: "basic"; username: string; password: string }
  | { type: "bearer"; token: string }
  | { type: "header"; name: string; value: string }
  | { type: "oauth2"; tokenUrl: string; clientId: string; clientSecret: string; scope: string | null };

/** How to deliver: read by `readPolicy` (contract/policy.ts) alone. */
export type StoredPolicy = Stored<"policy">;

/** A subscription as it is stored: read by `readSubscription` (contract/endpoint-fields.ts) alone. */
export type StoredSubscription = Stored<"subscription">;

/** An endpoint's configuration as D1 holds it and the objects receive it. */
export interface EndpointConfig {
  id: string;
  workspaceId: string;
  /** Raised by each write; an object never replaces a newer configuration by an older one. */
  version: number;
  url: string;
  dialect: string;
  dialectOptions: Record<string, string>;
  subscription: StoredSubscription;
  policy: StoredPolicy;
  status: EndpointStatus;
  statusReason: string | null;
  /** The version that changed the status last, as D1 knows it; null = none did since it was made. */
  statusVersion: number | null;
  /** `EndpointSecrets`, sealed. */
  sealed: string;
}

/** What the log needs to know of an endpoint. */
export interface LogSubscription {
  endpointId: string;
  version: number;
  subscription: Subscription;
  /** A disabled endpoint's matches count as missed. */
  disabled: boolean;
}

/** A summary of an endpoint's last 24 hours, for lists. */
export interface EndpointHealth {
  /** When it was written, Unix milliseconds. */
  at: number;
  delivered: number;
  dead: number;
  retried: number;
  attempts: number;
  /** The average over successful attempts; null where there were none. */
  avgLatencyMs: number | null;
  pending: number;
}
