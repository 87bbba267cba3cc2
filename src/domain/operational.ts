/** What the service itself publishes about endpoints. Nobody else publishes types under `webhooks.`. */
export const OPERATIONAL_TYPES = [
  "webhooks.endpoint.failing",
  "webhooks.endpoint.recovered",
  "webhooks.endpoint.disabled",
  "webhooks.endpoint.paused",
  "webhooks.delivery.dead",
] as const;

export type OperationalType = (typeof OPERATIONAL_TYPES)[number];
