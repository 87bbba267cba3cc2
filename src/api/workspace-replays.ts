import {
  replay,
  replayInput,
  replayJobList,
  replayJobListQuery,
  replayList,
  replayQuery,
} from "../contract/replay-job.ts";
import { listEndpoints } from "../d1/endpoints.ts";
import { byOutcome } from "../domain/outcome.ts";
import {
  MOST_REPLAY_BATCHES,
  MOST_REPLAY_BATCHES_OF_A_PORTAL,
  type ReplayBatch,
} from "../domain/replay-messages.ts";
import { isPart } from "../domain/scope.ts";
import { checkedEndpoints } from "../endpoints/named-endpoints.ts";
import { reachedBatches } from "../endpoints/portal-scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { selectionOf, starterOf } from "../events/replay-selection.ts";
import type { Caller } from "../http/caller.ts";
import { newApi } from "../http/context.ts";
import { answerOf, requestOf } from "../idempotency/requests.ts";
import { logOf } from "../objects/objects.ts";
import { previewBody, replayJobBody, selectBody } from "../rendering/replay-jobs.ts";
import { timeText } from "../rendering/time.ts";
import { pageOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** `/v1/replays`: replays over several endpoints. */
export const workspaceReplayRoutes = newApi();

const tag = "Replays";

/** Endpoints that one replay names. */
const MAX_NAMED = 100;

addRoute(
  workspaceReplayRoutes,
  {
    method: "post",
    path: "/v1/replays",
    operationId: "createReplay",
    tag,
    summary: "Replay over several endpoints",
    description:
      "Makes a replay job for one endpoint after the other. With `dry_run` it only counts; of few endpoints the answer has the counts already.",
    access: "endpoints:write",
    query: replayQuery,
    body: replayInput,
    status: 202,
    answer: replay,
    errors: ["endpoint_disabled", "too_many_endpoints", "limit_reached", "sync_pending"],
  },
  async ({ env, caller, once, query, body }) => {
    const { endpoint_ids: named, dry_run, ...input } = await body();
    const isDryRun = dry_run || query.dry_run;
    const endpointIds = named ? await checkedEndpoints(env, caller, named) : await allReached(env, caller);
    const log = logOf(env, caller.workspaceId);
    const answer = answerOf(
      once,
      await log.createReplays(endpointIds, selectionOf(input), isDryRun, requestOf(once), starterOf(caller)),
    );
    return byOutcome(answer, {
      created: ({ batch }) => withPreview(env, caller, batch),
      too_many: () => {
        throw new ApiError(
          "limit_reached",
          `A workspace may have ${MOST_REPLAY_BATCHES} replays over several endpoints that run, and the portal sessions of one customer ${MOST_REPLAY_BATCHES_OF_A_PORTAL} of them; wait for one to end, or cancel one.`,
        );
      },
      unknown: () => {
        throw new ApiError(
          "sync_pending",
          "One of the endpoints is not yet known to the event log; try again in a moment.",
        );
      },
    });
  },
);

addRoute(
  workspaceReplayRoutes,
  {
    method: "get",
    path: "/v1/replays",
    operationId: "listReplays",
    tag,
    summary: "List replays over several endpoints",
    description: "Newest first; the last 50 that ended are kept.",
    access: "endpoints:read",
    query: replayJobListQuery,
    status: 200,
    answer: replayList,
  },
  async ({ env, caller, query }) => {
    const start = startOf("replays of all", query.cursor);
    const batches = await logOf(env, caller.workspaceId).listBatches(start, query.limit + 1);
    const { page, nextCursor } = pageOf("replays of all", batches, query.limit);
    const reached = await reachedBatches(env, caller, page);
    return { data: reached.map(replayBody), next_cursor: nextCursor };
  },
);

addRoute(
  workspaceReplayRoutes,
  {
    method: "get",
    path: "/v1/replays/{replay_id}",
    operationId: "getReplay",
    tag,
    summary: "Get a replay over several endpoints",
    access: "endpoints:read",
    status: 200,
    answer: replay,
  },
  async ({ env, caller, param }) =>
    withPreview(env, caller, await foundBatch(env, caller, param("replay_id"))),
);

addRoute(
  workspaceReplayRoutes,
  {
    method: "get",
    path: "/v1/replays/{replay_id}/jobs",
    operationId: "listReplayJobsOfReplay",
    tag,
    summary: "List the jobs of a replay",
    description: "Newest first: one for each endpoint so far that has something to replay.",
    access: "endpoints:read",
    query: replayJobListQuery,
    status: 200,
    answer: replayJobList,
  },
  async ({ env, caller, param, query }) => {
    const { id } = await foundBatch(env, caller, param("replay_id"));
    const start = startOf("jobs of a replay", query.cursor);
    const jobs = await logOf(env, caller.workspaceId).listBatchJobs(id, start, query.limit + 1);
    const { page, nextCursor } = pageOf("jobs of a replay", jobs, query.limit);
    return { data: page.map(replayJobBody), next_cursor: nextCursor };
  },
);

addRoute(
  workspaceReplayRoutes,
  {
    method: "delete",
    path: "/v1/replays/{replay_id}",
    operationId: "cancelReplay",
    tag,
    summary: "Cancel a replay over several endpoints",
    description: "With its job. Deliveries that it has enqueued stay. `GET` says how many they are.",
    access: "endpoints:write",
    status: 204,
  },
  async ({ env, caller, param }) => {
    const { id } = await foundBatch(env, caller, param("replay_id"));
    await logOf(env, caller.workspaceId).cancelReplays(id);
    return undefined;
  },
);

/** The endpoints that a replay to all goes to, if the caller reaches a part of them only; null = all of the workspace. */
async function allReached(env: Env, caller: Caller): Promise<string[] | null> {
  if (!isPart(caller)) return null;
  const rows = await listEndpoints(env.DB, caller, { status: "enabled", limit: MAX_NAMED + 1 });
  const paused = await listEndpoints(env.DB, caller, { status: "paused", limit: MAX_NAMED + 1 });
  const ids = [...rows, ...paused].map(({ id }) => id);
  if (ids.length === 0)
    throw new ApiError(
      "endpoint_disabled",
      "None of the endpoints of this portal session is enabled; enable one first.",
    );
  if (ids.length <= MAX_NAMED) return ids;
  throw new ApiError("too_many_endpoints", `More than ${MAX_NAMED} endpoints: name some in endpoint_ids.`);
}

async function foundBatch(env: Env, caller: Caller, id: string): Promise<ReplayBatch> {
  const found = await logOf(env, caller.workspaceId).findReplays(id);
  const [batch] = await reachedBatches(env, caller, found === null ? [] : [found]);
  if (batch === undefined) throw new ApiError("not_found", `There is no replay ${id}.`);
  return batch;
}

/** A replay with what it found, if it only counts. */
async function withPreview(env: Env, { workspaceId }: Caller, batch: ReplayBatch) {
  const body = replayBody(batch);
  if (!batch.isDryRun) return body;
  const preview = await logOf(env, workspaceId).previewReplay(batch.id);
  const rates = [batch.selection.ratePerSecond];
  return { ...body, preview: preview && previewBody(preview, batch.total, rates) };
}

function replayBody({ selection, isDryRun, createdAt, endpointIds: _ids, ...batch }: ReplayBatch) {
  return {
    ...batch,
    dry_run: isDryRun,
    select: selectBody(selection),
    preview: null,
    created_at: timeText(createdAt),
  };
}
