import { and, eq, isNull, type SQL } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { readSubscription } from "../contract/endpoint-fields.ts";
import type { EndpointConfig, LogSubscription } from "../domain/endpoint.ts";
import { isAmong } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";

/** What of a row is its configuration: the rest may be longer, and no object needs it. */
const CONFIG_COLUMNS = {
  id: endpoints.id,
  workspaceId: endpoints.workspaceId,
  version: endpoints.version,
  url: endpoints.url,
  dialect: endpoints.dialect,
  dialectOptions: endpoints.dialectOptions,
  subscription: endpoints.subscription,
  policy: endpoints.policy,
  status: endpoints.status,
  statusReason: endpoints.statusReason,
  statusVersion: endpoints.statusVersion,
  sealed: endpoints.sealed,
} satisfies Record<keyof EndpointConfig, unknown>;

/** An endpoint's configuration, as its object asks for it; null when it is unknown or deleted. */
export async function loadEndpointConfig(db: D1Database, endpointId: string): Promise<EndpointConfig | null> {
  const config = await drizzle(db).select(CONFIG_COLUMNS).from(endpoints).where(isLiving(endpointId)).get();
  return config ?? null;
}

/** The configurations of many endpoints, by id; of those that are unknown or deleted there is none. */
export async function loadEndpointConfigs(
  db: D1Database,
  endpointIds: readonly string[],
): Promise<Map<string, EndpointConfig>> {
  const rows = await drizzle(db)
    .select(CONFIG_COLUMNS)
    .from(endpoints)
    .where(and(isAmong(endpoints.id, endpointIds), isNull(endpoints.deletedAt)));
  return new Map(rows.map((row) => [row.id, row]));
}

/** An endpoint's row, whatever its workspace, for its own object; null when it is unknown or deleted. */
export async function loadEndpointRow(db: D1Database, endpointId: string): Promise<EndpointRow | null> {
  const row = await drizzle(db).select().from(endpoints).where(isLiving(endpointId)).get();
  return row ?? null;
}

function isLiving(endpointId: string): SQL | undefined {
  return and(eq(endpoints.id, endpointId), isNull(endpoints.deletedAt));
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
    statusVersion: row.statusVersion,
    sealed: row.sealed,
  };
}

/** What the log receives of a row. */
export function logSubscriptionOf(row: EndpointRow): LogSubscription {
  return {
    endpointId: row.id,
    version: row.version,
    subscription: readSubscription(row.subscription),
    disabled: row.status === "disabled",
  };
}
