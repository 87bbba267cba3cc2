import type { EndpointConfig, LogSubscription } from "../domain/endpoint.ts";
import { endpointRow } from "./endpoints.ts";
import type { EndpointRow } from "./tables.ts";

/** An endpoint's configuration, as its object asks for it; null when it is unknown or deleted. */
export async function loadEndpointConfig(db: D1Database, endpointId: string): Promise<EndpointConfig | null> {
  const row = await endpointRow(db, endpointId);
  return row === null ? null : endpointConfigOf(row);
}

/** What the endpoint object receives of a row. */
export function endpointConfigOf(row: EndpointRow): EndpointConfig {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    version: row.version,
    url: row.url,
    dialect: row.dialect,
    dialectOptions: row.dialectOptions,
    subscription: row.subscription,
    policy: row.policy,
    status: row.status,
    statusReason: row.statusReason,
    sealed: row.sealed,
  };
}

/** What the log receives of a row. */
export function logSubscriptionOf(row: EndpointRow): LogSubscription {
  return {
    endpointId: row.id,
    version: row.version,
    subscription: row.subscription,
    disabled: row.status === "disabled",
  };
}
