import { isDeepStrictEqual } from "node:util";
import type { z } from "@hono/zod-openapi";
import { type Author, recordOf } from "../changes/author.ts";
import { readOnlyErrors } from "../changes/read-only.ts";
import type { PortalSettingsBody } from "../contract/portal.ts";
import { READ_ONLY_WORKSPACE_FIELDS, type workspaceChange } from "../contract/workspace.ts";
import type { WorkspaceRow } from "../d1/tables.ts";
import { routingOf, updateRouting } from "../d1/workspace-logs.ts";
import { findWorkspace, updateWorkspace } from "../d1/workspaces.ts";
import type { AuditedChange } from "../domain/audit.ts";
import { PLAIN_PORTAL, type PortalSettings } from "../domain/portal.ts";
import { stored } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { forgetKeys } from "../http/auth.ts";
import { workspaceBody } from "../rendering/workspaces.ts";
import { ensureTakenOver, explainUnchanged, planRouting } from "./log-settings.ts";

/** What a new workspace's events get as `api_version`: the first version of the service's own catalog. */
export const FIRST_API_VERSION = "2026-01-15";

/** The workspace as the API shows it; throws 404. */
export async function showWorkspace(env: Env, id: string) {
  const row = await findWorkspace(env.DB, id);
  if (row === null) throw unknownWorkspace(id);
  return workspaceBody(row);
}

/** Changes what is named; throws 404 and 422. */
export async function changeWorkspace(env: Env, author: Author, body: z.infer<typeof workspaceChange>) {
  const id = author.workspaceId;
  const before = await findWorkspace(env.DB, id);
  if (before === null) throw unknownWorkspace(id);
  const errors = readOnlyErrors(body, READ_ONLY_WORKSPACE_FIELDS, workspaceBody(before));
  if (errors.length > 0) throw invalid(errors);
  const changed = {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.api_version === undefined ? {} : { apiVersion: body.api_version ?? FIRST_API_VERSION }),
    ...(body.portal === undefined
      ? {}
      : { portal: body.portal && stored<PortalSettings>(portalOf(body.portal)) }),
    ...(body.validate_events === undefined ? {} : { validateEvents: body.validate_events ?? false }),
  };
  const logs = await planRouting(env.DB, before, body);
  const row = { ...before, ...changed, ...(logs === null ? {} : { logs }) };
  const difference = workspaceDifference(before, row);
  if (difference === null) {
    if (body.log_shards !== undefined) await ensureTakenOver(env, before);
    return workspaceBody(before);
  }
  const record = await recordOf(env, author, difference);
  // Only the fields that were named: another request may be changing the others.
  const isChanged =
    logs === null
      ? await updateWorkspace(env.DB, id, changed, record)
      : await updateRouting(env.DB, id, routingOf(before), logs, changed, record);
  forgetKeys();
  if (!isChanged) throw logs === null ? unknownWorkspace(id) : await explainUnchanged(env.DB, id, logs);
  if (logs !== null) await ensureTakenOver(env, row);
  return workspaceBody(row);
}

function portalOf(body: PortalSettingsBody): PortalSettings {
  return {
    name: body.name ?? PLAIN_PORTAL.name,
    logoUrl: body.logo_url ?? PLAIN_PORTAL.logoUrl,
    accent: body.accent ?? PLAIN_PORTAL.accent,
    theme: body.theme ?? PLAIN_PORTAL.theme,
    refreshUrl: body.refresh_url ?? PLAIN_PORTAL.refreshUrl,
    frameAncestors: body.frame_ancestors ?? PLAIN_PORTAL.frameAncestors,
    localeStrings: body.locale_strings ?? PLAIN_PORTAL.localeStrings,
  };
}

function workspaceDifference(from: WorkspaceRow, to: WorkspaceRow): AuditedChange | null {
  const [before, after] = [settingsIn(from), settingsIn(to)];
  const differing = Object.keys(after).filter((field) => !isDeepStrictEqual(before[field], after[field]));
  if (differing.length === 0) return null;
  const pick = (body: Record<string, unknown>) =>
    Object.fromEntries(differing.map((field) => [field, body[field]]));
  return workspaceAudit("workspace.updated", to.id, pick(before), pick(after));
}

/** What the audit log shows of a workspace. */
export function settingsIn(row: WorkspaceRow): Record<string, unknown> {
  const { id: _id, created_at: _created, ...settings } = workspaceBody(row);
  return settings;
}

/** The audit log's entry of a workspace that is made, changed or deleted. */
export function workspaceAudit(
  action: "workspace.created" | "workspace.updated" | "workspace.deleted",
  target: string,
  before: Record<string, unknown> | null,
  after: Record<string, unknown> | null,
): AuditedChange {
  return { action, target, before, after };
}

export function unknownWorkspace(id: string): ApiError {
  return new ApiError("not_found", `There is no workspace ${id}.`);
}
