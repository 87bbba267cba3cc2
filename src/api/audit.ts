import { type AuditEntryBody, auditList, auditListQuery } from "../contract/audit.ts";
import { listAudit } from "../d1/audit.ts";
import type { AuditRow } from "../d1/tables.ts";
import { newApi } from "./context.ts";
import { cursorOf, startOf } from "./cursor.ts";
import { timeRange } from "./events.ts";
import { timeText } from "./render.ts";
import { addRoute } from "./route.ts";

/** `/v1/audit`: who changed what. */
export const auditRoutes = newApi();

addRoute(
  auditRoutes,
  {
    method: "get",
    path: "/v1/audit",
    operationId: "listAuditEntries",
    tag: "Audit",
    summary: "List changes of the configuration",
    description:
      "Newest first, of the last year. A page may come back short, or empty, with a `next_cursor`.",
    access: "settings",
    query: auditListQuery,
    status: 200,
    answer: auditList,
  },
  async ({ env, caller, query }) => {
    const { action, target, limit } = query;
    const { rows, next } = await listAudit(env.DB, caller.workspaceId, {
      ...{ action, target, limit },
      ...timeRange(query),
      before: startOf("audit", query.cursor),
    });
    return { data: rows.map(auditEntryBody), next_cursor: cursorOf("audit", next) };
  },
);

/** An entry as the API shows it. */
export function auditEntryBody({ id, at, actor, action, target, before, after }: AuditRow): AuditEntryBody {
  const who = actor.kind === "key" ? actor : { kind: actor.kind, id: null, name: null };
  return { id, at: timeText(at), actor: who, action, target, before, after };
}
