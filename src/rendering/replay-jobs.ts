import type { ReplayJob, ReplayPreview, ReplaySelection } from "../domain/replay-messages.ts";
import { namesOf } from "./events.ts";
import { timeText, timeTextOrNull } from "./time.ts";

/* Replay jobs as the API shows them. */

export function replayJobBody(job: ReplayJob) {
  return {
    id: job.id,
    endpoint_id: job.endpointId,
    replay_id: job.batchId ?? null,
    state: job.state,
    select: selectBody(job.selection),
    total: job.total,
    done: job.done,
    error: job.error,
    dry_run: job.isDryRun ?? false,
    preview: null,
    created_at: timeText(job.createdAt),
  };
}

/** What a job takes, as it is shown. */
export function selectBody(selection: ReplaySelection) {
  const { status, from, to, types, eventIds, error, responseStatus, ratePerSecond } = selection;
  return {
    status,
    from: timeText(from),
    to: timeText(to),
    ...(types ? { types } : {}),
    ...(eventIds ? { event_ids: eventIds } : {}),
    ...(error === undefined ? {} : { error }),
    ...(responseStatus === undefined ? {} : { response_status: responseStatus }),
    ...(ratePerSecond === undefined ? {} : { rate_per_second: ratePerSecond }),
  };
}

/** How fast a job is that has no rate of its own. */
const DEFAULT_RATE_PER_SECOND = 3000;

/** What a dry run found. `rates`: those that bound how fast `total` events go; absent ones do not. */
export function previewBody(
  { firstAt, lastAt, sample }: ReplayPreview,
  total: number,
  rates: (number | null | undefined)[],
) {
  const given = rates.filter((rate) => rate !== null && rate !== undefined);
  const perSecond = Math.min(DEFAULT_RATE_PER_SECOND, ...given);
  return {
    first_accepted_at: timeTextOrNull(firstAt),
    last_accepted_at: timeTextOrNull(lastAt),
    estimated_seconds: Math.ceil((total / perSecond) * 10) / 10,
    sample: sample.map(({ type, acceptedAt, endpointId, ...event }) => ({
      ...namesOf(event),
      type,
      accepted_at: timeText(acceptedAt),
      endpoint_id: endpointId,
    })),
  };
}
