import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Atlas, Endpoint, EndpointStats, WorkspaceStats } from "../../sdk/client/index.ts";
import { useAtlas } from "../session/session.ts";

type Window = EndpointStats["window"];

/** How often it is asked. */
const ASK_MS = 15_000;

/** A page of stats covers many endpoints; beyond so many pages the numbers are of those alone. */
const PAGES = 5;

/** The series of so many endpoints are added up for the charts; each is one request. */
const CHARTED = 20;

export interface WorkspaceHealth {
  delivered: number;
  dead: number;
  retried: number;
  canceled: number;
  missed: number;
  pending: number;
  avgLatencyMs: number | null;
  endpoints: number;
  /** Whether there are endpoints beyond these. */
  isPart: boolean;
  byEndpoint: Readonly<Record<string, Health>>;
}

type Health = NonNullable<Endpoint["health"]>;

/** How the endpoints of the workspace do together. */
export function useWorkspaceHealth(window: Window) {
  const atlas = useAtlas();
  return useQuery({
    queryKey: ["stats", "workspace", window],
    queryFn: ({ signal }) => healthOf(atlas, window, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ASK_MS,
  });
}

async function healthOf(atlas: Atlas, window: Window, signal: AbortSignal): Promise<WorkspaceHealth> {
  const sum: WorkspaceHealth = {
    ...{ delivered: 0, dead: 0, retried: 0, canceled: 0, missed: 0, pending: 0 },
    avgLatencyMs: null,
    endpoints: 0,
    isPart: true,
    byEndpoint: {},
  };
  const byEndpoint: Record<string, Health> = {};
  const at = new Date().toISOString();
  let latencySum = 0;
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { data, total, next_cursor }: WorkspaceStats = await atlas.stats.page(
      { window, limit: 200, ...(cursor !== undefined && { cursor }) },
      { signal },
    );
    for (const name of ["delivered", "dead", "retried", "canceled", "missed", "pending"] as const)
      sum[name] += total[name];
    sum.endpoints += data.length;
    for (const { endpoint_id, delivered, dead, retried, avg_latency_ms, pending } of data)
      byEndpoint[endpoint_id] = { at, delivered, dead, retried, avg_latency_ms, pending };
    latencySum += (total.avg_latency_ms ?? 0) * total.delivered;
    if (next_cursor === null) {
      sum.isPart = false;
      break;
    }
    cursor = next_cursor;
  }
  sum.byEndpoint = byEndpoint;
  sum.avgLatencyMs = sum.delivered === 0 ? null : latencySum / sum.delivered;
  return sum;
}

/**
 * Endpoints with their health as it is now: what lists of endpoints carry is written once a minute at the most. Beyond
 * the first hundred or so they keep that.
 */
export function useWithLiveHealth(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const live = useWorkspaceHealth("24h").data?.byEndpoint;
  return useMemo(
    () =>
      live === undefined
        ? endpoints
        : endpoints.map((endpoint) => ({ ...endpoint, health: fresher(endpoint.health, live[endpoint.id]) })),
    [endpoints, live],
  );
}

/** Null stays where nothing was attempted. */
function fresher(written: Endpoint["health"], live: Health | undefined): Endpoint["health"] {
  if (live === undefined) return written;
  const { delivered, dead, retried, pending } = live;
  return written === null && delivered + dead + retried + pending === 0 ? null : live;
}

export interface Series {
  /** How many endpoints it is of. */
  endpoints: number;
  points: { at: string; delivered: number; dead: number; latencyMs: number | null }[];
}

/** What happened over a time, of the first endpoints together. */
export function useWorkspaceSeries(window: Window, ids: readonly string[]) {
  const atlas = useAtlas();
  const charted = ids.slice(0, CHARTED);
  return useQuery({
    queryKey: ["stats", "series", window, charted],
    queryFn: async ({ signal }): Promise<Series> => {
      const all = await Promise.all(charted.map((id) => atlas.endpoints.stats(id, window, { signal })));
      return { endpoints: all.length, points: added(all) };
    },
    enabled: charted.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: 4 * ASK_MS,
  });
}

function added(all: readonly EndpointStats[]): Series["points"] {
  const byTime = new Map<string, { delivered: number; dead: number; latencySum: number }>();
  for (const { series } of all) {
    for (const { at, delivered, dead, avg_latency_ms } of series) {
      const point = byTime.get(at) ?? { delivered: 0, dead: 0, latencySum: 0 };
      byTime.set(at, {
        delivered: point.delivered + delivered,
        dead: point.dead + dead,
        latencySum: point.latencySum + (avg_latency_ms ?? 0) * delivered,
      });
    }
  }
  return [...byTime]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([at, { delivered, dead, latencySum }]) => ({
      ...{ at, delivered, dead },
      latencyMs: delivered === 0 ? null : latencySum / delivered,
    }));
}
