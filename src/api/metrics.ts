import { z } from "@hono/zod-openapi";
import { type HealthTotals, healthTotals } from "../config/endpoints.ts";
import { logOf } from "../config/objects.ts";
import { listWorkspaces } from "../config/workspaces.ts";
import { settleInGroups } from "../domain/groups.ts";
import type { LogMetrics } from "../domain/messages.ts";
import type { Env } from "../env.ts";
import { askDisk, freeBytes, isStorageFull } from "../storage/storage-room.ts";
import { authorizeOperator } from "./auth.ts";
import { errorResponses } from "./document-route.ts";
import { newApi, requestIdOf } from "./route.ts";

/** `/metrics`, in Prometheus's text format, for the operator. */
export const metricRoutes = newApi();

/** A scrape wakes each log it asks: the newest workspaces, and no more than these. */
const MAX_WORKSPACES = 200;

interface Metric<Source> {
  name: string;
  type: "gauge" | "counter";
  help: string;
  value(source: Source): number;
}

/** What a workspace's log says of itself. */
const LOG_METRICS: Metric<LogMetrics>[] = [
  {
    name: "atlas_hot_bytes",
    type: "gauge",
    help: "Bytes of events that are not yet in R2.",
    value: (log) => log.hotBytes,
  },
  {
    name: "atlas_unarchived_events",
    type: "gauge",
    help: "Events that are not yet in R2.",
    value: (log) => log.unarchivedEvents,
  },
  {
    name: "atlas_handover_lag_seconds",
    type: "gauge",
    help: "Age of the oldest event that some endpoint has not yet taken.",
    value: (log) => log.handOverLagMs / 1000,
  },
  {
    name: "atlas_lagging_endpoints",
    type: "gauge",
    help: "Endpoints that have not taken everything that matched.",
    value: (log) => log.laggingEndpoints,
  },
  {
    name: "atlas_waiting_bytes",
    type: "gauge",
    help: "Events in memory that wait to be stored.",
    value: (log) => log.waitingBytes,
  },
  {
    name: "atlas_events_accepted_total",
    type: "counter",
    help: "Events accepted.",
    value: (log) => log.acceptedEvents,
  },
  {
    name: "atlas_deliveries_missed_total",
    type: "counter",
    help: "Deliveries that were not made because the endpoint was disabled.",
    value: (log) => log.missedEvents,
  },
];

/** What its endpoints last told D1: as of a minute ago at most while they work. */
const HEALTH_METRICS: Metric<HealthTotals>[] = [
  {
    name: "atlas_pending_deliveries",
    type: "gauge",
    help: "Deliveries that are pending.",
    value: ({ pending }) => pending,
  },
  {
    name: "atlas_due_endpoints",
    type: "gauge",
    help: "Endpoints whose noted due time has passed: cron wakes them, 500 a minute.",
    value: ({ due }) => due,
  },
  {
    name: "atlas_attempts_24h",
    type: "gauge",
    help: "Attempts of the last 24 hours.",
    value: ({ attempts }) => attempts,
  },
  {
    name: "atlas_failed_attempts_24h",
    type: "gauge",
    help: "Attempts of the last 24 hours that failed.",
    value: ({ attempts, delivered }) => Math.max(0, attempts - delivered),
  },
  {
    name: "atlas_delivered_24h",
    type: "gauge",
    help: "Deliveries that arrived in the last 24 hours.",
    value: ({ delivered }) => delivered,
  },
  {
    name: "atlas_dead_24h",
    type: "gauge",
    help: "Deliveries that were dead-lettered in the last 24 hours.",
    value: ({ dead }) => dead,
  },
  {
    name: "atlas_retried_24h",
    type: "gauge",
    help: "Deliveries that needed a second attempt in the last 24 hours.",
    value: ({ retried }) => retried,
  },
];

metricRoutes.openAPIRegistry.registerPath({
  method: "get",
  path: "/metrics",
  operationId: "getMetrics",
  tags: ["Operation"],
  summary: "Metrics in Prometheus's text format",
  description: `Per workspace, of the newest ${MAX_WORKSPACES}.\n\nNeeds ADMIN_TOKEN.`,
  security: [{ bearer: [] }],
  responses: {
    200: { description: "The metrics", content: { "text/plain": { schema: z.string() } } },
    ...errorResponses(["unauthorized", "forbidden", "internal"]),
  },
});

metricRoutes.get("/metrics", async (c) => {
  await authorizeOperator(c);
  return c.body(await metricsText(c.env), 200, {
    "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
    "X-Request-Id": requestIdOf(c),
  });
});

async function metricsText(env: Env): Promise<string> {
  await askDisk(env.DISK, Date.now());
  try {
    return textOf([...(await workspaceLines(env)), ...storageLines()]);
  } catch (error) {
    // On a disk without any room even reading may fail: just then this must be told.
    if (!isStorageFull(Date.now())) throw error;
    return textOf(storageLines());
  }
}

function textOf(lines: string[]): string {
  return `${lines.join("\n")}\n`;
}

async function workspaceLines(env: Env): Promise<string[]> {
  const rows = await listWorkspaces(env.DB, MAX_WORKSPACES);
  const outcomes = await settleInGroups(rows, async ({ id }) => ({
    id,
    log: await logOf(env, id).metrics(),
  }));
  const logs = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const totals = await healthTotals(
    env.DB,
    rows.map(({ id }) => id),
    Date.now(),
  );
  const lines = [
    ...LOG_METRICS.flatMap((metric) =>
      linesOf(
        metric,
        logs,
        ({ id }) => id,
        ({ log }) => log,
      ),
    ),
    ...HEALTH_METRICS.flatMap((metric) =>
      linesOf(
        metric,
        totals,
        ({ workspaceId }) => workspaceId,
        (row) => row,
      ),
    ),
  ];
  const unanswered = [
    "# HELP atlas_unanswered_workspaces Logs that did not answer this scrape.",
    "# TYPE atlas_unanswered_workspaces gauge",
    `atlas_unanswered_workspaces ${rows.length - logs.length}`,
  ];
  return [...lines, ...unanswered];
}

function storageLines(): string[] {
  const free = freeBytes();
  return [
    ...single(
      "atlas_storage_full",
      "Whether events are refused because there is no room for them.",
      isStorageFull(Date.now()) ? 1 : 0,
    ),
    ...(free === null
      ? []
      : single("atlas_storage_free_bytes", "Bytes that are free on the disk of DATA_DIR.", free)),
  ];
}

function single(name: string, help: string, value: number): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${value}`];
}

function linesOf<Row, Source>(
  { name, type, help, value }: Metric<Source>,
  rows: Row[],
  workspaceOf: (row: Row) => string,
  sourceOf: (row: Row) => Source,
): string[] {
  const samples = rows.map((row) => `${name}{workspace="${workspaceOf(row)}"} ${value(sourceOf(row))}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples];
}
