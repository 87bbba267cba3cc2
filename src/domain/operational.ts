/** How the names of what the service itself publishes begin: nobody else publishes such, and only who names them gets them. */
export const OPERATIONAL_PREFIX = "webhooks.";

/** What the service itself publishes about endpoints. Nobody else publishes types under `webhooks.`. */
export const OPERATIONAL_TYPES = [
  "webhooks.endpoint.failing",
  "webhooks.endpoint.recovered",
  "webhooks.endpoint.disabled",
  "webhooks.endpoint.paused",
  "webhooks.delivery.dead",
] as const;

export type OperationalType = (typeof OPERATIONAL_TYPES)[number];
