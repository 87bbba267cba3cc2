import { auditList, auditListQuery } from "../contract/audit.ts";
import { listAudit } from "../d1/audit.ts";
import { newApi } from "../http/context.ts";
import { timeRange } from "../http/time-range.ts";
import { auditEntryBody } from "../rendering/audit.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

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
