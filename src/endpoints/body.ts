import type { EndpointBody } from "../contract/endpoint.ts";
import { columnFields, subscriptionFields } from "../contract/endpoint-fields.ts";
import { shownValues } from "../contract/field-row.ts";
import { policyFields } from "../contract/policy.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { readHealth } from "../domain/endpoint-shapes.ts";
import { MASK } from "../domain/mask.ts";
import { maskedUrl } from "../domain/masked-url.ts";
import { timeText } from "../rendering/time.ts";
import { maskedAuth } from "./auth.ts";
import { dialectOf, type EndpointSettings, effectiveOptions } from "./settings.ts";

/** An endpoint as the API shows it, its secrets masked. */
export function endpointBody(row: EndpointRow, settings: EndpointSettings): EndpointBody {
  return {
    id: row.id,
    url: settings.url,
    ...shownValues(columnFields, settings),
    dialect: settings.dialect,
    dialect_options: effectiveOptions(settings),
    ...shownValues(subscriptionFields, settings.subscription),
    ...shownValues(policyFields, settings.policy),
    serialize: settings.policy.order === "endpoint",
    headers: Object.fromEntries(Object.keys(settings.headers).map((name) => [name, MASK])),
    auth: maskedAuth(settings.auth),
    status_reason: settings.statusReason,
    health: healthOf(row),
    created_at: timeText(row.createdAt),
    updated_at: timeText(row.updatedAt),
  };
}

function healthOf(row: EndpointRow): EndpointBody["health"] {
  const health = readHealth(row.health);
  if (health === null) return null;
  const { at, delivered, dead, retried, avgLatencyMs, pending } = health;
  return { at: timeText(at), delivered, dead, retried, avg_latency_ms: avgLatencyMs, pending };
}

/** An endpoint as lists, and readers, see it: where its URL is a secret, that is masked too. */
export function listedEndpointBody(row: EndpointRow, settings: EndpointSettings): EndpointBody {
  const body = endpointBody(row, settings);
  return dialectOf(settings.dialect).masksUrl ? { ...body, url: maskedUrl(settings.url) } : body;
}
