import { endpointStats, statsQuery } from "../contract/stats.ts";
import { livingEndpoint } from "../endpoints/store.ts";
import { newApi } from "../http/context.ts";
import { missedCounts } from "../logs/reading.ts";
import { endpointOf } from "../objects/objects.ts";
import { timeText, timeTextOrNull } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** How an endpoint does. */
export const statsRoutes = newApi();

addRoute(
  statsRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/stats",
    operationId: "getEndpointStats",
    tag: "Endpoints",
    summary: "An endpoint's health",
    description:
      "Flows of the window, and how it stands now. A dead delivery that was replayed counts as dead and, once it arrives, as delivered.",
    access: "endpoints:read",
    query: statsQuery,
    status: 200,
    answer: endpointStats,
  },
  async ({ env, caller, param, query: { window } }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const [stats, [missed = 0]] = await Promise.all([
      endpointOf(env, id).stats(window),
      missedCounts(env, caller.workspaceId, [id], window),
    ]);
    const { delivered, dead, retried, canceled } = stats;
    const ended = delivered + dead;
    return {
      window,
      ...{ delivered, dead, retried, canceled, missed },
      delivered_pct: ended === 0 ? null : Math.round((delivered / ended) * 10_000) / 100,
      avg_latency_ms: stats.avgLatencyMs,
      p50_latency_ms: stats.p50LatencyMs,
      p95_latency_ms: stats.p95LatencyMs,
      p99_latency_ms: stats.p99LatencyMs,
      series: stats.series.map(({ at, avgLatencyMs, ...counts }) => ({
        at: timeText(at),
        ...counts,
        avg_latency_ms: avgLatencyMs,
      })),
      pending: stats.pending,
      oldest_pending_at: timeTextOrNull(stats.oldestPendingAt),
    };
  },
);
