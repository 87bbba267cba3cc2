import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { DeliveryPolicy, EndpointStatus, Subscription } from "../domain/endpoint.ts";
import type { Role } from "../domain/roles.ts";

/*
 * D1: configuration, and the truth about it. All times are Unix milliseconds. After a change here, `npx drizzle-kit
 * generate` writes the migration.
 */

export const workspaces = sqliteTable(
  "workspaces",
  {
    id: text().primaryKey(),
    name: text().notNull(),
    /** What an event gets whose publisher named no `api_version`. */
    apiVersion: text("api_version").notNull(),
    validateEvents: integer("validate_events", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    /** Set when it was deleted; the row goes when everything of it is erased. */
    deletedAt: integer("deleted_at"),
    /** When its log has something to do; cron wakes the log if that time has passed. */
    nextDueAt: integer("next_due_at"),
  },
  (table) => [
    index("workspaces_due").on(table.nextDueAt).where(sql`next_due_at IS NOT NULL`),
    index("workspaces_deleted").on(table.deletedAt).where(sql`deleted_at IS NOT NULL`),
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
    /** To the minute. */
    lastUsedAt: integer("last_used_at"),
  },
  (table) => [
    uniqueIndex("api_keys_hash").on(table.hash),
    index("api_keys_workspace").on(table.workspaceId, table.id),
  ],
);

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
    metadata: text({ mode: "json" }).$type<Record<string, string>>().notNull(),
    dialect: text().notNull(),
    dialectOptions: text("dialect_options", { mode: "json" }).$type<Record<string, string>>().notNull(),
    subscription: text({ mode: "json" }).$type<Subscription>().notNull(),
    policy: text({ mode: "json" }).$type<DeliveryPolicy>().notNull(),
    status: text().$type<EndpointStatus>().notNull(),
    statusReason: text("status_reason"),
    /** `EndpointSecrets`, sealed; empty once the endpoint is deleted. */
    sealed: text().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    /** A tombstone: a deleted endpoint keeps its row, so that nothing late brings it back. */
    deletedAt: integer("deleted_at"),
    /** When its object has something to do; cron wakes the object if that time has passed. */
    nextDueAt: integer("next_due_at"),
  },
  (table) => [
    index("endpoints_workspace").on(table.workspaceId, table.id),
    index("endpoints_unsynced").on(table.updatedAt).where(sql`synced = 0`),
    index("endpoints_due").on(table.nextDueAt).where(sql`next_due_at IS NOT NULL`),
  ],
);

export type WorkspaceRow = typeof workspaces.$inferSelect;
export type ApiKeyRow = typeof apiKeys.$inferSelect;
export type EndpointRow = typeof endpoints.$inferSelect;
