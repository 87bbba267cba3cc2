import { type SQL, sql } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { readPolicy } from "../contract/policy.ts";
import { DEFAULT_DIALECT, dialectNamed, dialects } from "../dialects/index.ts";
import { type Change, type ChangeRecord, commitChanges } from "./change.ts";
import { isTransientDatabaseError } from "./database-errors.ts";
import { rowIf } from "./queries.ts";
import { type EndpointRow, endpoints } from "./tables.ts";
import { keepsOrder } from "./workspace-logs.ts";

/** The version of an endpoint that was just made. */
export const FIRST_VERSION = 1;

/** What a write may change: the rest of a row is kept by the queries. */
export type EndpointChange = Pick<
  EndpointRow,
  | "url"
  | "description"
  | "metadata"
  | "dialect"
  | "dialectOptions"
  | "subscription"
  | "policy"
  | "status"
  | "statusReason"
  | "sealed"
>;

/** The row of a new endpoint: its first version, which no object has taken yet. */
export function newRow(id: string, workspaceId: string, change: EndpointChange, nowMs: number): EndpointRow {
  return {
    ...change,
    id,
    workspaceId,
    version: FIRST_VERSION,
    synced: false,
    statusVersion: null,
    createdAt: nowMs,
    updatedAt: nowMs,
    deletedAt: null,
    health: null,
    counts: null,
    nextDueAt: null,
    subscriptionKey: null,
  };
}

/** The condition that a workspace has room for one more endpoint. */
export function hasRoomForEndpoint(workspaceId: string, most: number): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM endpoints WHERE workspace_id = ${workspaceId} AND deleted_at IS NULL LIMIT 1 OFFSET ${most - 1})`;
}

/** As `hasRoomForEndpoint`, and that there are not as many of its dialect as there may be. */
export function hasRoomInDialect(
  { workspaceId, dialect }: Pick<EndpointRow, "workspaceId" | "dialect">,
  most: number,
  mostEndpoints: number,
): SQL {
  const ofDialect = sql`workspace_id = ${workspaceId} AND dialect = ${dialect} AND deleted_at IS NULL`;
  return sql`NOT EXISTS (SELECT 1 FROM endpoints WHERE ${ofDialect} LIMIT 1 OFFSET ${most - 1})
    AND ${hasRoomForEndpoint(workspaceId, mostEndpoints)}`;
}

/** A new endpoint that is to be stored. */
export interface Insert {
  row: EndpointRow;
  /** Under this condition, and if the workspace's logs keep its order. */
  isWanted: SQL;
  record: ChangeRecord;
}

/** Stores the row of a new endpoint; false, and nothing is recorded, if its condition does not hold in the transaction that inserts. */
export async function insertEndpoint(db: D1Database, insert: Insert): Promise<boolean> {
  const [written] = await commitChanges(db, [changeOf(insert)]);
  return written === 1;
}

/**
 * As `insertEndpoint`, of several one after the other in one batch: the condition of each is judged when those before it
 * are stored. Where D1 refuses the batch, which then stored nothing, each is tried by itself, so that none fails for another.
 */
export async function insertEndpoints(
  db: D1Database,
  inserts: readonly Insert[],
): Promise<PromiseSettledResult<boolean>[]> {
  try {
    const written = await commitChanges(db, inserts.map(changeOf));
    return written.map((rows) => ({ status: "fulfilled", value: rows === 1 }));
  } catch (reason) {
    // Nobody knows whether a batch was stored whose answer was lost.
    if (inserts.length <= 1 || isTransientDatabaseError(reason))
      return inserts.map(() => ({ status: "rejected", reason }));
  }
  const outcomes: PromiseSettledResult<boolean>[] = [];
  for (const insert of inserts) outcomes.push(...(await insertEndpoints(db, [insert])));
  return outcomes;
}

function changeOf({ row, isWanted, record }: Insert): Change {
  const guard = sql`${isWanted} AND ${isKeptInOrder(row)}`;
  const statements = (d1: DrizzleD1Database) => [d1.insert(endpoints).select(rowIf(endpoints, row, guard))];
  return { statements, record, guard };
}

/** The condition that a workspace's logs keep the order of an endpoint. */
export function isKeptInOrder({ workspaceId, policy, dialect }: EndpointRow): SQL {
  const { defaults } = dialectNamed(dialect) ?? dialects[DEFAULT_DIALECT];
  return keepsOrder(workspaceId, readPolicy(policy, defaults).order);
}
