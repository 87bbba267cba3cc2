import { operatorOf, recordOf } from "../changes/author.ts";
import { listQuery } from "../contract/fields.ts";
import {
  createdWorkspace,
  newWorkspace,
  workspace,
  workspaceChange,
  workspaceList,
} from "../contract/workspace.ts";
import { newApiKey } from "../d1/keys.ts";
import { entombWorkspace, insertWorkspace } from "../d1/workspace-life.ts";
import { findWorkspace, listWorkspaces } from "../d1/workspaces.ts";
import { dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import { idIn } from "../domain/ids.ts";
import { invalid } from "../errors.ts";
import { forgetKeys } from "../http/auth.ts";
import { newApi } from "../http/context.ts";
import { platform } from "../platform.ts";
import { workspaceBody } from "../rendering/workspaces.ts";
import {
  changeWorkspace,
  FIRST_API_VERSION,
  settingsIn,
  showWorkspace,
  unknownWorkspace,
  workspaceAudit,
} from "../workspaces/settings.ts";
import { pageOf, startOf } from "./cursors.ts";
import { addOperatorRoute, addRoute } from "./routes.ts";

/** `/v1/workspaces` for the operator, `/v1/workspace` for a workspace's own keys. */
export const workspaceRoutes = newApi();

const tag = "Workspaces";

addOperatorRoute(
  workspaceRoutes,
  {
    method: "post",
    path: "/v1/workspaces",
    operationId: "createWorkspace",
    tag,
    summary: "Create a workspace",
    access: "operator",
    body: newWorkspace,
    status: 201,
    answer: createdWorkspace,
  },
  async ({ env, once, body }) => {
    const { name, jurisdiction = null, catalog } = await body();
    refuseUnknown(catalog);
    if (jurisdiction !== null && env.EGRESS !== undefined)
      throw invalid([
        { path: "jurisdiction", message: "must be left out on one machine: it is where it is" },
      ]);
    const nowMs = platform.nowMs();
    const row = {
      id: idIn(jurisdiction, "ws", nowMs, platform),
      name,
      apiVersion: FIRST_API_VERSION,
      validateEvents: false,
      catalog: [...new Set(catalog)],
      portal: null,
      logs: null,
      createdAt: nowMs,
      deletedAt: null,
      nextDueAt: null,
      deletedCounts: null,
    };
    const made = newApiKey(row.id, "first key", "admin", null, { nowMs, chance: platform });
    const answer = { ...workspaceBody(row), key: made.key };
    const change = workspaceAudit("workspace.created", row.id, null, settingsIn(row));
    const record = await recordOf(env, operatorOf(row.id, once), change, { body: answer });
    await insertWorkspace(env.DB, row, made.row, record);
    return answer;
  },
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspaces",
    operationId: "listWorkspaces",
    tag,
    summary: "List workspaces",
    access: "operator",
    query: listQuery,
    status: 200,
    answer: workspaceList,
  },
  async ({ env, query }) => {
    const rows = await listWorkspaces(env.DB, query.limit + 1, startOf("workspaces", query.cursor));
    const { page, nextCursor } = pageOf("workspaces", rows, query.limit);
    return { data: page.map(workspaceBody), next_cursor: nextCursor };
  },
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspaces/{id}",
    operationId: "getWorkspaceById",
    tag,
    summary: "Get a workspace",
    access: "operator",
    status: 200,
    answer: workspace,
  },
  ({ env, param }) => showWorkspace(env, param("id")),
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "patch",
    path: "/v1/workspaces/{id}",
    operationId: "updateWorkspaceById",
    tag,
    summary: "Change a workspace",
    access: "operator",
    body: workspaceChange,
    status: 200,
    answer: workspace,
    errors: ["write_conflict", "sync_pending"],
  },
  async ({ env, param, body }) => changeWorkspace(env, operatorOf(param("id")), await body()),
);

addOperatorRoute(
  workspaceRoutes,
  {
    method: "delete",
    path: "/v1/workspaces/{id}",
    operationId: "deleteWorkspace",
    tag,
    summary: "Delete a workspace",
    description: "Its keys stop at once; its endpoints, its log and its archive are erased within minutes.",
    access: "operator",
    status: 204,
  },
  async ({ env, param }) => {
    const id = param("id");
    const row = await findWorkspace(env.DB, id);
    const change = row && workspaceAudit("workspace.deleted", id, settingsIn(row), null);
    const record = await recordOf(env, operatorOf(id), change);
    const deleted = row !== null && (await entombWorkspace(env.DB, id, platform.nowMs(), record));
    forgetKeys();
    if (!deleted) throw unknownWorkspace(id);
    return undefined;
  },
);

addRoute(
  workspaceRoutes,
  {
    method: "get",
    path: "/v1/workspace",
    operationId: "getWorkspace",
    tag,
    summary: "Get the key's own workspace",
    access: "settings",
    status: 200,
    answer: workspace,
  },
  ({ env, caller }) => showWorkspace(env, caller.workspaceId),
);

addRoute(
  workspaceRoutes,
  {
    method: "patch",
    path: "/v1/workspace",
    operationId: "updateWorkspace",
    tag,
    summary: "Change the key's own workspace",
    access: "settings",
    body: workspaceChange,
    inTurn: true,
    status: 200,
    answer: workspace,
    errors: ["write_conflict", "sync_pending"],
  },
  async ({ env, author, body }) => changeWorkspace(env, author, await body()),
);

/** Throws 422 for a contract that there is not. */
function refuseUnknown(catalog: readonly string[]): void {
  const errors = catalog.flatMap((name, index) =>
    dialectNamed(name) === null ? [{ path: `catalog[${index}]`, message: UNKNOWN_DIALECT }] : [],
  );
  if (errors.length > 0) throw invalid(errors);
}
