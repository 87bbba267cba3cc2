import { endpointCounts, workspaceTotals } from "../d1/endpoint-counts.ts";
import { findWorkspace, listWorkspaces } from "../d1/workspaces.ts";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import { VERSION } from "../domain/version.ts";
import type { Env } from "../env.ts";
import { logMetrics } from "../logs/reading.ts";
import { platform } from "../platform.ts";
import { commitFigures } from "../storage/commits.ts";
import { askDisk, freeBytes, isStorageFull } from "../storage/storage-room.ts";
import { unknownWorkspace } from "../workspaces/settings.ts";
import {
  COMMIT_FAMILIES,
  countFamilies,
  ENDPOINT_FAMILIES,
  LOG_FAMILIES,
  SINGLE_FAMILIES,
  TOTALS_FAMILIES,
} from "./families.ts";
import { type Family, familyLines, type Labels } from "./text.ts";

/** A scrape wakes each log it asks: the newest workspaces, and no more than these. */
export const MAX_WORKSPACES = 200;

/** Endpoints that are told one by one, each with seventy lines or so: the newest of the workspace. */
export const MAX_ENDPOINTS = 200;

/** How long the logs of all workspaces have to answer: who scrapes waits 10 s, as Prometheus does unless it is told otherwise. */
const ANSWER_MS = 5000;

/** The lines of one scrape: of the newest workspaces or of one, with its endpoints or without. Throws 404. */
export async function metricLines(
  env: Env,
  workspaceId: string | undefined,
  withEndpoints: boolean,
  answerMs: number = ANSWER_MS,
): Promise<string[]> {
  await askDisk(env.DISK, platform.nowMs(), platform);
  try {
    const workspaceIds = await scrapedWorkspaces(env.DB, workspaceId);
    return [
      ...(await workspaceLines(env, workspaceIds, answerMs)),
      ...(workspaceId !== undefined && withEndpoints ? await endpointLines(env.DB, workspaceId) : []),
      ...storageLines(),
      ...(env.DISK ? commitLines() : []),
      ...single(SINGLE_FAMILIES.build, 1, { version: VERSION }),
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

async function workspaceLines(env: Env, workspaceIds: string[], answerMs: number): Promise<string[]> {
  const deadlines = new Deadlines(platform);
  const endsAt = platform.nowMs() + answerMs;
  // Each takes half of what is left at the most: one that is silent leaves time for all after it, and however many are, the scrape ends.
  const limitMs = () => Math.max(0, endsAt - platform.nowMs()) / 2;
  const outcomes = await settleInGroups(workspaceIds, platform, async (workspace) => ({
    labels: { workspace },
    source: await deadlines.within(limitMs(), logMetrics(env, workspace)),
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
    ...single(SINGLE_FAMILIES.unanswered, workspaceIds.length - logs.length),
    ...single(SINGLE_FAMILIES.uncounted, workspaceIds.length - totals.length),
  ];
}

async function endpointLines(db: D1Database, workspace: string): Promise<string[]> {
  const endpoints = await endpointCounts(db, workspace, MAX_ENDPOINTS);
  const sources = endpoints.map(({ id, ...source }) => ({ labels: { workspace, endpoint: id }, source }));
  return [
    ...linesOf(ENDPOINT_FAMILIES, sources),
    ...linesOf(
      countFamilies("atlas_endpoint"),
      sources.map(({ labels, source }) => ({ labels, source: source.counts })),
    ),
  ];
}

function storageLines(): string[] {
  const free = freeBytes();
  return [
    ...single(SINGLE_FAMILIES.storageFull, isStorageFull(platform.nowMs()) ? 1 : 0),
    ...(free === null ? [] : single(SINGLE_FAMILIES.storageFree, free)),
  ];
}

/** Where all objects are in this isolate. */
function commitLines(): string[] {
  return linesOf(COMMIT_FAMILIES, [{ labels: {}, source: commitFigures() }]);
}

function linesOf<Source>(
  families: Family<Source>[],
  sources: { labels: Labels; source: Source }[],
): string[] {
  return families.flatMap((family) => familyLines(family, sources));
}

function single(family: Family<number>, value: number, labels: Labels = {}): string[] {
  return familyLines(family, [{ labels, source: value }]);
}
