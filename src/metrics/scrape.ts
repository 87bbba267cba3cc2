import { endpointCounts, workspaceTotals } from "../d1/endpoint-counts.ts";
import { findWorkspace, listWorkspaces } from "../d1/workspaces.ts";
import { settleInGroups } from "../domain/groups.ts";
import { VERSION } from "../domain/version.ts";
import type { Env } from "../env.ts";
import { logMetrics } from "../logs/reading.ts";
import { platform } from "../platform.ts";
import { commitFigures } from "../storage/commits.ts";
import { askDisk, freeBytes, isStorageFull } from "../storage/storage-room.ts";
import { unknownWorkspace } from "../workspaces/settings.ts";
import { countFamilies, LOG_FAMILIES, TOTALS_FAMILIES } from "./families.ts";
import { type Family, familyLines, type Labels } from "./text.ts";

/** A scrape wakes each log it asks: the newest workspaces, and no more than these. */
export const MAX_WORKSPACES = 200;

/** Endpoints that are told one by one, each with seventy lines or so: the newest of the workspace. */
export const MAX_ENDPOINTS = 200;

/** The lines of one scrape: of the newest workspaces or of one, with its endpoints or without. Throws 404. */
export async function metricLines(
  env: Env,
  workspaceId: string | undefined,
  withEndpoints: boolean,
): Promise<string[]> {
  await askDisk(env.DISK, platform.nowMs(), platform);
  try {
    const workspaceIds = await scrapedWorkspaces(env.DB, workspaceId);
    return [
      ...(await workspaceLines(env, workspaceIds)),
      ...(workspaceId !== undefined && withEndpoints ? await endpointLines(env.DB, workspaceId) : []),
      ...storageLines(),
      ...(env.DISK ? commitLines() : []),
      ...single("atlas_build_info", "Always 1; the version that runs is its label.", 1, { version: VERSION }),
    ];
  } catch (error) {
    // On a disk without any room even reading may fail: just then this must be told.
    if (!isStorageFull(platform.nowMs())) throw error;
    return storageLines();
  }
}

async function scrapedWorkspaces(db: D1Database, workspaceId: string | undefined): Promise<string[]> {
  if (workspaceId === undefined) return (await listWorkspaces(db, MAX_WORKSPACES)).map(({ id }) => id);
  const workspace = await findWorkspace(db, workspaceId);
  if (workspace === null) throw unknownWorkspace(workspaceId);
  return [workspace.id];
}

async function workspaceLines(env: Env, workspaceIds: string[]): Promise<string[]> {
  const outcomes = await settleInGroups(workspaceIds, platform, async (workspace) => ({
    labels: { workspace },
    source: await logMetrics(env, workspace),
  }));
  const logs = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  const totals = (await workspaceTotals(env.DB, workspaceIds, platform.nowMs())).map((source) => ({
    labels: { workspace: source.workspaceId },
    source,
  }));
  const counts = totals.map(({ labels, source }) => ({ labels, source: source.counts }));
  return [
    ...linesOf(LOG_FAMILIES, logs),
    ...linesOf(TOTALS_FAMILIES, totals),
    ...linesOf(countFamilies("atlas"), counts),
    ...single(
      "atlas_unanswered_workspaces",
      "Logs that did not answer this scrape.",
      workspaceIds.length - logs.length,
    ),
    ...single(
      "atlas_uncounted_workspaces",
      "Workspaces whose endpoints this scrape left out: those before have too many.",
      workspaceIds.length - totals.length,
    ),
  ];
}

async function endpointLines(db: D1Database, workspace: string): Promise<string[]> {
  const endpoints = await endpointCounts(db, workspace, MAX_ENDPOINTS);
  const sources = endpoints.map(({ id, ...source }) => ({ labels: { workspace, endpoint: id }, source }));
  const pending: Family<(typeof sources)[number]["source"]> = {
    name: "atlas_endpoint_pending_deliveries",
    type: "gauge",
    help: "Deliveries that are pending.",
    value: (endpoint) => endpoint.pending,
  };
  return [
    ...familyLines(pending, sources),
    ...linesOf(
      countFamilies("atlas_endpoint"),
      sources.map(({ labels, source }) => ({ labels, source: source.counts })),
    ),
  ];
}

function storageLines(): string[] {
  const free = freeBytes();
  return [
    ...single(
      "atlas_storage_full",
      "Whether events are refused because there is no room for them.",
      isStorageFull(platform.nowMs()) ? 1 : 0,
    ),
    ...(free === null
      ? []
      : single("atlas_storage_free_bytes", "Bytes that are free on the disk of DATA_DIR.", free)),
  ];
}

/** Where all objects are in this isolate. */
function commitLines(): string[] {
  const figures = commitFigures();
  const families: Family<typeof figures>[] = [
    {
      name: "atlas_commits_total",
      type: "counter",
      help: "Transactions of logs and endpoints that are on disk, since the service started.",
      value: ({ count }) => count,
    },
    {
      name: "atlas_commit_seconds_total",
      type: "counter",
      help: "Seconds that these took from their beginning until they were on disk.",
      value: ({ seconds }) => seconds,
    },
  ];
  return linesOf(families, [{ labels: {}, source: figures }]);
}

function linesOf<Source>(
  families: Family<Source>[],
  sources: { labels: Labels; source: Source }[],
): string[] {
  return families.flatMap((family) => familyLines(family, sources));
}

function single(name: string, help: string, value: number, labels: Labels = {}): string[] {
  const family: Family<number> = { name, help, type: "gauge", value: (source) => source };
  return familyLines(family, [{ labels, source: value }]);
}
