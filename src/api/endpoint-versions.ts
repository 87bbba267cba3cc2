import { endpointChange } from "../contract/endpoint.ts";
import { endpointVersion, endpointVersionList, restoredEndpoint } from "../contract/endpoint-version.ts";
import { checked } from "../contract/field-errors.ts";
import { listQuery } from "../contract/fields.ts";
import { type AuditQuery, listAudit } from "../d1/audit.ts";
import type { AuditRow, EndpointRow } from "../d1/tables.ts";
import { MASK } from "../domain/mask.ts";
import { maskedUrl } from "../domain/masked-url.ts";
import { endpointBody, listedEndpointBody } from "../endpoints/body.ts";
import { refuseIfUsed } from "../endpoints/dialect-in-use.ts";
import { refuseLeaving } from "../endpoints/portal-scope.ts";
import { settingsAfter } from "../endpoints/request.ts";
import { dialectOf, type EndpointSettings } from "../endpoints/settings.ts";
import { changeEndpoint, livingEndpoint, settingsOf } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import type { Caller } from "../http/caller.ts";
import { newApi } from "../http/context.ts";
import { auditEntryBody } from "../rendering/audit.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** The history of an endpoint's configuration, out of the audit log. */
export const endpointVersionRoutes = newApi();

const tag = "Endpoints";

/** Changes that one request goes back through. */
const PAGES = 10;
const CHANGES_PER_PAGE = 200;

/** What restoring leaves as it is: what the service says of an endpoint, and whether it is to deliver at all. */
const NOT_RESTORED = [
  "id",
  "serialize",
  "status",
  "status_reason",
  "health",
  "created_at",
  "updated_at",
  "secret",
];

addRoute(
  endpointVersionRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/versions",
    operationId: "listEndpointVersions",
    tag,
    summary: "List the versions of an endpoint",
    description:
      "Newest first, of the last year: each with who made it, when, and what differs from the one before, secrets as `***`.",
    access: "endpoints:read",
    query: listQuery,
    status: 200,
    answer: endpointVersionList,
  },
  async ({ env, caller, param, query }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const page = { target: id, limit: query.limit, before: startOf("versions", query.cursor) };
    const { rows, next } = await listAudit(env.DB, caller.workspaceId, page);
    return { data: rows.map((row) => versionBody(row, caller)), next_cursor: cursorOf("versions", next) };
  },
);

addRoute(
  endpointVersionRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/versions/{version}",
    operationId: "getEndpointVersion",
    tag,
    summary: "Get a version of an endpoint",
    description: "The endpoint as it was. `version`: a number, as attempts name it, or the `id` of a change.",
    access: "endpoints:read",
    status: 200,
    answer: endpointVersion,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller, param("id"));
    const { entry, state } = await stateAt(env, row, await settingsOf(env, row), param("version"));
    const { health: _health, created_at: _created, updated_at: _updated, secret: _secret, ...shown } = state;
    // Fields that a later version of the service added have no history: they are as they are now.
    return { ...versionBody(entry, caller), endpoint: shown as never };
  },
);

addRoute(
  endpointVersionRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/versions/{version}/restore",
    operationId: "restoreEndpointVersion",
    tag,
    summary: "Restore a version of an endpoint",
    description:
      "Changes the endpoint back to what it was, but its status and its signing secrets; fields of the body count instead of those of then. Other secrets are known by their present values alone: these stay, or are given in the body. Where `url` or `auth.token_url` gets another origin they must be given anew, as with any change.",
    access: "endpoints:write",
    body: endpointChange,
    bodyOptional: true,
    status: 200,
    answer: restoredEndpoint,
    errors: ["dialect_in_use", "too_many_secrets", "write_conflict", "sync_pending"],
  },
  async ({ env, caller, author, param, json }) => {
    const given = await json();
    checked(endpointChange, given);
    let kept: string[] = [];
    const { row, settings } = await changeEndpoint(env, author, param("id"), {
      change: async (stored, row) => {
        const { state } = await stateAt(env, row, stored, param("version"));
        const own: State = { ...(given as object) };
        const restored = restorable(state, stored, own);
        // Another name for the order.
        if ("serialize" in own) delete restored.order;
        const body = { ...restored, ...own };
        const isUrlKept = isUrlSecret(body) && own.url === undefined;
        kept = [...(isUrlKept ? ["url"] : []), ...masksIn(body)];
        const changed = settingsAfter(env, body, stored, endpointBody(row, stored));
        refuseLeaving(caller, changed.settings);
        if (changed.settings.dialect !== stored.dialect) await refuseIfUsed(env, row.id);
        return changed;
      },
    });
    return { ...endpointBody(row, settings), kept };
  },
);

type State = Record<string, unknown>;

/** A change of a version before 0.3 tells of the order by its other name alone. */
function orderIn(before: State | null): State {
  if (before === null || !("serialize" in before) || "order" in before) return {};
  return { order: before.serialize ? "endpoint" : "none" };
}

/** An endpoint as it was after a change, from what it is now and what changed since. Throws 404. */
async function stateAt(
  env: Env,
  row: EndpointRow,
  settings: EndpointSettings,
  version: string,
): Promise<{ entry: AuditRow; state: State }> {
  const state: State = { ...listedEndpointBody(row, settings) };
  const wanted = /^\d{1,9}$/.test(version) ? Number(version) : null;
  let before: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const query: AuditQuery = { target: row.id, limit: CHANGES_PER_PAGE, before };
    const { rows, next } = await listAudit(env.DB, row.workspaceId, query);
    for (const entry of rows) {
      // A version that was made since the row was read is not in it.
      if (entry.version !== null && entry.version > row.version) continue;
      const isIt = wanted === null ? entry.id === version : entry.version !== null && entry.version <= wanted;
      if (isIt && (wanted === null || wanted <= row.version)) return { entry, state };
      Object.assign(state, entry.before, orderIn(entry.before));
    }
    if (next === null) break;
    before = next;
  }
  throw new ApiError("not_found", `Endpoint ${row.id} has no version ${version} on record.`);
}

/** The fields of a state that a change may carry. Throws 422 for a URL that is not on record, as it is a secret. */
function restorable(state: State, stored: EndpointSettings, own: State): State {
  const fields = Object.entries(state).filter(([name]) => !NOT_RESTORED.includes(name));
  const body = Object.fromEntries(fields);
  if (!isUrlSecret(state) || own.url !== undefined) return body;
  if (state.url === maskedUrl(stored.url)) return { ...body, url: stored.url };
  throw invalid([{ path: "url", message: "is a secret and not on record: restore with the `url` given" }]);
}

/** Whether records show the URL of an endpoint in part only. */
function isUrlSecret({ dialect }: State): boolean {
  return dialectOf(String(dialect)).masksUrl === true;
}

/** Where a change has `***`, which keeps what is stored. */
function masksIn({ headers, auth }: { headers?: unknown; auth?: unknown }): string[] {
  return Object.entries({ headers, auth }).flatMap(([field, value]) =>
    Object.entries(value ?? {}).flatMap(([name, text]) => (text === MASK ? [`${field}.${name}`] : [])),
  );
}

function versionBody(row: AuditRow, { role }: Caller) {
  const { target: _target, actor, ...entry } = auditEntryBody(row);
  // A customer is not told the names of the workspace's keys.
  const who = role === "portal" ? { ...actor, id: null, name: null } : actor;
  return { version: row.version, ...entry, actor: who };
}
