import type { OperationalType } from "../domain/operational.ts";
import { type CatalogType, inCategory, type TypeRow } from "./catalog-type.ts";
import { type Fields, integer, nullable, object, oneOf, text, time } from "./shape.ts";

/*
 * What the service itself tells about endpoints (delivery/health/operational-publisher.ts). In every workspace, whatever its
 * catalog; nobody else publishes these types.
 */

const about = (own: Fields, state = oneOf("enabled", "paused", "disabled")) =>
  object({
    endpoint_id: text("ep_01KAGW9ZQ8N3V5XTB2C4D6E7F8"),
    url: text("https://example.com/webhooks"),
    status: state,
    count: integer(1),
    attempts: integer(4),
    response_status: nullable(integer(503)),
    first_failure_at: nullable(time("2026-11-20T09:30:00.000Z")),
    ...own,
  });

const failing = { failing_since: time("2026-11-20T09:30:00.000Z") };
const rows: (TypeRow & readonly [OperationalType, ...unknown[]])[] = [
  ["webhooks.endpoint.failing", "An endpoint had no success for an hour.", about(failing)],
  ["webhooks.endpoint.recovered", "An endpoint that was failing had a success.", about(failing)],
  [
    "webhooks.endpoint.disabled",
    "An endpoint was disabled, by whomever.",
    about({ reason: nullable(text("gone")) }, oneOf("disabled", "enabled", "paused")),
  ],
  [
    "webhooks.endpoint.paused",
    "An endpoint was paused, by whomever.",
    about({ reason: nullable(text("dead_letter")) }, oneOf("paused", "enabled", "disabled")),
  ],
  [
    "webhooks.delivery.dead",
    "Deliveries of an endpoint are dead; what is told is the last one's.",
    about({
      event_id: text("evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8"),
      event_type: text("deal.created"),
      error: nullable(text("status")),
    }),
  ],
];

export const operational: CatalogType[] = inCategory("Webhooks", [], rows);
