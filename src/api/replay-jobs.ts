import {
  replayJob,
  replayJobInput,
  replayJobList,
  replayJobListQuery,
  replayQuery,
} from "../contract/replay-job.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { byOutcome } from "../domain/outcome.ts";
import { MOST_REPLAY_JOBS, MOST_REPLAY_JOBS_OF_A_PORTAL, type ReplayJob } from "../domain/replay-messages.ts";
import { policyOf } from "../endpoints/settings.ts";
import { livingEndpoint } from "../endpoints/store.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { selectionOf, starterOf } from "../events/replay-selection.ts";
import { newApi } from "../http/context.ts";
import { answerOf, requestOf } from "../idempotency/requests.ts";
import { logOf } from "../objects/objects.ts";
import { previewBody, replayJobBody } from "../rendering/replay-jobs.ts";
import { pageOf, startOf } from "./cursors.ts";
import { addRoute } from "./routes.ts";

/** Replays of many events, as a job. */
export const replayJobRoutes = newApi();

const tag = "Replays";

addRoute(
  replayJobRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/replays",
    operationId: "createReplayJob",
    tag,
    summary: "Start a replay job",
    description:
      "Enqueues events again, in their original order, at the end of the endpoint's order. With `dry_run` it only counts, also where the endpoint is disabled; of few events the answer has all of it already.",
    access: "endpoints:write",
    query: replayQuery,
    body: replayJobInput,
    bodyOptional: true,
    status: 202,
    answer: replayJob,
    errors: ["endpoint_disabled", "limit_reached"],
  },
  async ({ env, caller, once, param, query, body }) => {
    const { dry_run, ...input } = await body();
    const isDryRun = dry_run || query.dry_run;
    const row = await livingEndpoint(env, caller, param("id"));
    const { id, status } = row;
    if (status === "disabled" && !isDryRun) {
      throw new ApiError("endpoint_disabled", `Endpoint ${id} is disabled; enable it first.`);
    }
    const selection = selectionOf(input);
    const log = logOf(env, caller.workspaceId);
    const answer = answerOf(
      once,
      await log.createReplay(id, selection, requestOf(once), isDryRun, starterOf(caller)),
    );
    return byOutcome(answer, {
      created: ({ job }) => withPreview(env, row, job),
      too_many: () => {
        throw new ApiError(
          "limit_reached",
          `A workspace may have ${MOST_REPLAY_JOBS} replay jobs that run or wait, and the portal sessions of one customer ${MOST_REPLAY_JOBS_OF_A_PORTAL} of them; wait for one, or cancel one.`,
        );
      },
      unknown: () => {
        throw new ApiError(
          "sync_pending",
          `Endpoint ${id} is not yet known to the event log; try again in a moment.`,
        );
      },
    });
  },
);

addRoute(
  replayJobRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/replays",
    operationId: "listReplayJobs",
    tag,
    summary: "List replay jobs",
    description: "Newest first; the last 200 that ended are kept.",
    access: "endpoints:read",
    query: replayJobListQuery,
    status: 200,
    answer: replayJobList,
  },
  async ({ env, caller, param, query }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const log = logOf(env, caller.workspaceId);
    const jobs = await log.listReplays(id, startOf("replays", query.cursor), query.limit + 1);
    const { page, nextCursor } = pageOf("replays", jobs, query.limit);
    return { data: page.map(replayJobBody), next_cursor: nextCursor };
  },
);

addRoute(
  replayJobRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/replays/{replay_id}",
    operationId: "getReplayJob",
    tag,
    summary: "Get a replay job",
    access: "endpoints:read",
    status: 200,
    answer: replayJob,
  },
  async ({ env, caller, param }) => {
    const row = await livingEndpoint(env, caller, param("id"));
    const job = await logOf(env, caller.workspaceId).findReplay(row.id, param("replay_id"));
    if (!job) throw unknownJob(row.id, param("replay_id"));
    return withPreview(env, row, job);
  },
);

addRoute(
  replayJobRoutes,
  {
    method: "delete",
    path: "/v1/endpoints/{id}/replays/{replay_id}",
    operationId: "cancelReplayJob",
    tag,
    summary: "Cancel a replay job",
    description: "Deliveries that it has enqueued stay. `GET` says how many they are.",
    access: "endpoints:write",
    status: 204,
  },
  async ({ env, caller, param }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const job = await logOf(env, caller.workspaceId).cancelReplay(id, param("replay_id"));
    if (!job) throw unknownJob(id, param("replay_id"));
    return undefined;
  },
);

/** A job with what it found, if it only counts. */
async function withPreview(env: Env, row: EndpointRow, job: ReplayJob) {
  const body = replayJobBody(job);
  if (!job.isDryRun) return body;
  const preview = await logOf(env, row.workspaceId).previewReplay(job.id);
  const rates = [job.selection.ratePerSecond, policyOf(row).ratePerSecond];
  return { ...body, preview: preview && previewBody(preview, job.total ?? 0, rates) };
}

function unknownJob(endpointId: string, jobId: string): ApiError {
  return new ApiError("not_found", `Endpoint ${endpointId} has no replay job ${jobId}.`);
}
