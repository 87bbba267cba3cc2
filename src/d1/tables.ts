import { sql } from "drizzle-orm";
import {
  customType,
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { contractsShape, jsonObjectShape } from "../catalog/stored.ts";
import { type AuditAction, actorShape, auditedFieldsShape } from "../domain/audit.ts";
import type { Counts } from "../domain/counts.ts";
import type { EndpointHealth, EndpointStatus, StoredPolicy, StoredSubscription } from "../domain/endpoint.ts";
import { pairsShape } from "../domain/endpoint-shapes.ts";
import { type InboxScope, inboxAnswersShape } from "../domain/inbox.ts";
import { logRoutingShape } from "../domain/log-shards.ts";
import type { PortalSettings } from "../domain/portal.ts";
import type { Role } from "../domain/roles.ts";
import type { PortalScope } from "../domain/scope.ts";
import type { Shape, Stored, StoredText } from "../domain/stored.ts";

/*
 * D1: configuration, and the truth about it. All times are Unix milliseconds. After a change here, `npx drizzle-kit
 * generate` writes the migration. A column of JSON has a shape, through which it is written and read, or holds `Stored`
 * values, which their readers take.
 */

/** A column of JSON: what comes out of a row has been through the reader of its shape. */
function shaped<Value>(name: string, shape: Shape<Value>) {
  return customType<{ data: Value; driverData: StoredText<Value> }>({
    dataType: () => "text",
    toDriver: (value) => shape.write(value),
    fromDriver: (written) => shape.read(written),
  })(name);
}

export const workspaces = sqliteTable(
  "workspaces",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** What an event gets whose publisher named no `api_version`. */
    apiVersion: text("api_version").notNull(),
    validateEvents: integer("validate_events", { mode: "boolean" }).notNull().default(false),
    /** The contracts whose event types it started with; null = all, as workspaces had before one could ask. */
    catalog: shaped("catalog", contractsShape),
    /** How the customers' portal looks; null = as the service's own. */
    portal: text({ mode: "json" }).$type<Stored<PortalSettings>>(),
    createdAt: integer("created_at").notNull(),
    /** Set when it was deleted; the row goes when everything of it is erased. */
    deletedAt: integer("deleted_at"),
    /** When its first log has something to do; cron wakes the log if that time has passed. */
    nextDueAt: integer("next_due_at"),
    /** How its events are spread over its logs; null = it has one. */
    logs: shaped("logs", logRoutingShape),
    /** What its deleted endpoints counted, together. */
    deletedCounts: text("deleted_counts", { mode: "json" }).$type<Stored<Counts>>(),
  },
  (table) => [
    index("workspaces_due").on(table.nextDueAt).where(sql`next_due_at IS NOT NULL`),
    index("workspaces_deleted").on(table.deletedAt).where(sql`deleted_at IS NOT NULL`),
  ],
);

/** The logs of workspaces beside the first. */
export const logs = sqliteTable(
  "logs",
  {
    /** The name of its object: the workspace's id and its number. */
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    /** When it has something to do; cron wakes it if that time has passed. */
    nextDueAt: integer("next_due_at"),
  },
  (table) => [
    index("logs_workspace").on(table.workspaceId),
    index("logs_due").on(table.nextDueAt).where(sql`next_due_at IS NOT NULL`),
  ],
);

export const apiKeys = sqliteTable(
  "api_keys",
  {
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    name: text().notNull(),
    role: text().$type<Role>().notNull(),
    /** SHA-256 of the whole key, lower-case hex: the key itself is never stored. */
    hash: text().notNull(),
    createdAt: integer("created_at").notNull(),
    expiresAt: integer("expires_at"),
    /** To the hour. */
    lastUsedAt: integer("last_used_at"),
    /** Requests per second; null = no limit. */
    rateLimit: real("rate_limit"),
    /** What a portal session is for; null = all of its workspace's endpoints. */
    scope: text({ mode: "json" }).$type<Stored<PortalScope>>(),
  },
  (table) => [
    index("api_keys_portal").on(table.expiresAt).where(sql`role = 'portal'`),
    uniqueIndex("api_keys_hash").on(table.hash),
    index("api_keys_workspace").on(table.workspaceId, table.id),
    // What counts against the limits of a workspace (limits.ts).
    index("api_keys_sessions").on(table.workspaceId, table.expiresAt).where(sql`role = 'portal'`),
    index("api_keys_own").on(table.workspaceId).where(sql`role <> 'portal'`),
  ],
);

/**
 * Endpoints of which an attempt failed within the day, or that have something pending, as they last said. A query that
 * names it word for word is answered by its index.
 */
export const IS_TROUBLED = sql`(json_extract(health, '$.attempts') > json_extract(health, '$.delivered') OR json_extract(health, '$.dead') > 0 OR json_extract(health, '$.pending') > 0)`;

/** Endpoints whose URL looks like an inbox's. A query that names it word for word is answered by its index. */
export const MAY_SEND_TO_INBOX = sql`instr(url, '/in/') > 0 AND deleted_at IS NULL`;

/** The order in which metrics read endpoints, in pages. A query that names it word for word is answered by its index. */
export const PAGE_KEY = sql`workspace_id || ' ' || id`;

export const endpoints = sqliteTable(
  "endpoints",
  {
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    /** Raised by each write: the objects keep the newest. */
    version: integer().notNull(),
    /** Whether the log and the endpoint object have taken this version. */
    synced: integer({ mode: "boolean" }).notNull(),
    url: text().notNull(),
    description: text().notNull(),
    metadata: shaped("metadata", pairsShape).notNull(),
    dialect: text().notNull(),
    dialectOptions: shaped("dialect_options", pairsShape).notNull(),
    subscription: text({ mode: "json" }).$type<StoredSubscription>().notNull(),
    policy: text({ mode: "json" }).$type<StoredPolicy>().notNull(),
    status: text().$type<EndpointStatus>().notNull(),
    statusReason: text("status_reason"),
    /** The version that changed the status last; null = none did since it was made. */
    statusVersion: integer("status_version"),
    /** `EndpointSecrets`, sealed; empty once the endpoint is deleted. */
    sealed: text().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** A tombstone: a deleted endpoint keeps its row, so that nothing late brings it back. */
    deletedAt: integer("deleted_at"),
    /** When its object has something to do; cron wakes the object if that time has passed. */
    nextDueAt: integer("next_due_at"),
    /** Names what a subscribe API was asked for, so that the same is not made twice; null = made otherwise. */
    subscriptionKey: text("subscription_key"),
    /** How it does, as its object last said; at most once a minute. */
    health: text({ mode: "json" }).$type<Stored<EndpointHealth>>(),
    /** What it counted since it was made, as its object said then; of a deleted one until it is its workspace's. */
    counts: text({ mode: "json" }).$type<Stored<Counts>>(),
  },
  (table) => [
    // For metrics, which read many endpoints in pages: no report of an object moves an entry, no other query may take it.
    index("endpoints_pages").on(PAGE_KEY).where(sql`deleted_at IS NULL`),
    index("endpoints_workspace").on(table.workspaceId, table.id),
    // What counts against the limits of a workspace (limits.ts), and of a dialect's subscribe API.
    // With `deleted_at` it answers by itself: a row may be long.
    index("endpoints_living")
      .on(table.workspaceId, table.dialect, table.deletedAt)
      .where(sql`deleted_at IS NULL`),
    index("endpoints_unsynced").on(table.updatedAt).where(sql`synced = 0`),
    index("endpoints_troubled").on(table.workspaceId, table.id).where(IS_TROUBLED),
    index("endpoints_due").on(table.nextDueAt).where(sql`next_due_at IS NOT NULL`),
    // Which endpoints send to an inbox: there are few that could.
    index("endpoints_to_inboxes").on(table.workspaceId).where(MAY_SEND_TO_INBOX),
    uniqueIndex("endpoints_subscription")
      .on(table.workspaceId, table.subscriptionKey)
      .where(sql`subscription_key IS NOT NULL AND deleted_at IS NULL`),
  ],
);

/** Who changed what in the configuration, for a year. Written in the batch of the change itself. */
export const auditEntries = sqliteTable(
  "audit_entries",
  {
    /** `aud_` + ULID: sorts by time. */
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    at: integer().notNull(),
    actor: shaped("actor", actorShape).notNull(),
    action: text().$type<AuditAction>().notNull(),
    /** The id of what was changed. */
    target: text().notNull(),
    before: shaped("before", auditedFieldsShape),
    after: shaped("after", auditedFieldsShape),
    /** The version that an endpoint became; null in entries from before that was on record, and for other things. */
    version: integer(),
  },
  (table) => [
    index("audit_entries_workspace").on(table.workspaceId, table.id),
    index("audit_entries_target").on(table.workspaceId, table.target, table.id),
  ],
);

/** The first answer to requests with an Idempotency-Key, for 24 h. Written in the batch of what the request made. */
export const idempotentAnswers = sqliteTable(
  "idempotent_answers",
  {
    /** Names workspace, route and key, see `domain/idempotency.ts`. */
    id: text().primaryKey(),
    /** SHA-256 of the request's body, base64url. */
    digest: text().notNull(),
    status: integer().notNull(),
    /** The answer's body, sealed: it may hold a key. */
    answer: text().notNull(),
    /** The endpoint that the objects must have taken before the answer is given again. */
    endpointId: text("endpoint_id"),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("idempotent_answers_age").on(table.createdAt)],
);

/** What a workspace changed of the built-in catalog: types it added, types it replaced, types it deleted. */
export const eventTypes = sqliteTable(
  "event_types",
  {
    workspaceId: text("workspace_id").notNull(),
    type: text().notNull(),
    category: text().notNull(),
    description: text().notNull(),
    /** JSON Schema of `data`; null = none. */
    schema: shaped("schema", jsonObjectShape),
    sample: shaped("sample", jsonObjectShape).notNull(),
    deprecated: integer({ mode: "boolean" }).notNull(),
    /** Only for a type of the built-in catalog: others leave no row. */
    deleted: integer({ mode: "boolean" }).notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.workspaceId, table.type] })],
);

/** Request bins; what they received is in their objects. */
export const inboxes = sqliteTable(
  "inboxes",
  {
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    /** The part of the endpoints that the portal session was for which made it; null = all of them. */
    scope: text().$type<StoredText<InboxScope>>(),
    name: text().notNull(),
    /** What its URL ends with, and its object is named by. */
    token: text().notNull(),
    answers: shaped("answers", inboxAnswersShape).notNull(),
    /** Raised with each change of the answers: their script begins anew. */
    script: integer().notNull(),
    dialect: text(),
    /** The secret that requests are checked by, sealed; null = none was given. */
    sealed: text(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("inboxes_workspace").on(table.workspaceId, table.id),
    uniqueIndex("inboxes_token").on(table.token),
  ],
);

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type InboxRow = typeof inboxes.$inferSelect;
export type EndpointRow = typeof endpoints.$inferSelect;
export type AuditRow = typeof auditEntries.$inferSelect;
export type EventTypeRow = typeof eventTypes.$inferSelect;
export type AnswerRow = typeof idempotentAnswers.$inferSelect;
