import { workspaceStats, workspaceStatsQuery } from "../contract/stats.ts";
import { mapInGroups } from "../domain/groups.ts";
import type { EndpointStats } from "../domain/messages.ts";
import { nextEndpoints, passed, placeOf, placeText, scanOfAll } from "../endpoints/scan.ts";
import { newApi } from "../http/context.ts";
import { missedCounts } from "../logs/reading.ts";
import { endpointOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { timeTextOrNull } from "../rendering/time.ts";
import { cursorOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/stats`: how all endpoints do. */
export const workspaceStatsRoutes = newApi();

/** Endpoints that one page asks. */
const MAX_ASKED = 32;

addRoute(
  workspaceStatsRoutes,
  {
    method: "get",
    path: "/v1/stats",
    operationId: "getStats",
    tag: "Endpoints",
    summary: "The health of all endpoints",
    description:
      "Each endpoint's flows of the window, and what they come to together; first the endpoints that failed lately or have something pending. A page has at most 32 endpoints: totals of several pages add up.",
    access: "endpoints:read",
    query: workspaceStatsQuery,
    status: 200,
    answer: workspaceStats,
  },
  async ({ env, caller, query: { window, limit, cursor } }) => {
    const start = startOf("stats", cursor);
    const place =
      start === undefined ? await scanOfAll(env.DB, caller, { troubledFirst: true }) : placeOf(start);
    const most = Math.min(limit, MAX_ASKED);
    const ids = await nextEndpoints(env.DB, caller, place, most);
    const [stats, missed] = await Promise.all([
      mapInGroups(ids, platform, (id) => endpointOf(env, id).stats(window)),
      ids.length === 0 ? [] : missedCounts(env, caller.workspaceId, ids, window),
    ]);
    const rows = stats.map((one, i) => ({ ...one, missed: missed[i] ?? 0 }));
    const last = ids.at(-1);
    return {
      window,
      total: totalOf(rows),
      data: rows.map((row, i) => ({
        endpoint_id: ids[i] ?? "",
        ...flowsOf(row),
        p50_latency_ms: row.p50LatencyMs,
        p95_latency_ms: row.p95LatencyMs,
        p99_latency_ms: row.p99LatencyMs,
        oldest_pending_at: timeTextOrNull(row.oldestPendingAt),
      })),
      next_cursor: cursorOf(
        "stats",
        last === undefined || ids.length < most ? null : placeText(passed(place, last)),
      ),
    };
  },
);

type Flows = Pick<
  EndpointStats,
  "delivered" | "dead" | "retried" | "canceled" | "pending" | "avgLatencyMs"
> & {
  missed: number;
};

function flowsOf({ delivered, dead, retried, canceled, missed, pending, avgLatencyMs }: Flows) {
  const ended = delivered + dead;
  return {
    ...{ delivered, dead, retried, canceled, missed, pending },
    delivered_pct: ended === 0 ? null : Math.round((delivered / ended) * 10_000) / 100,
    avg_latency_ms: avgLatencyMs,
  };
}

function totalOf(rows: readonly Flows[]) {
  const total: Flows = {
    delivered: 0,
    dead: 0,
    retried: 0,
    canceled: 0,
    missed: 0,
    pending: 0,
    avgLatencyMs: null,
  };
  let latencyMs = 0;
  let weight = 0;
  for (const row of rows) {
    for (const name of ["delivered", "dead", "retried", "canceled", "missed", "pending"] as const) {
      total[name] += row[name];
    }
    if (row.avgLatencyMs === null) continue;
    latencyMs += row.avgLatencyMs * row.delivered;
    weight += row.delivered;
  }
  if (weight > 0) total.avgLatencyMs = Math.round((latencyMs / weight) * 10) / 10;
  return flowsOf(total);
}
