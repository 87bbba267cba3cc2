import type { z } from "@hono/zod-openapi";
import type { replayJobInput } from "../contract/replay-job.ts";
import type { ReplaySelection } from "../domain/replay-messages.ts";
import { partOf, type Reach } from "../domain/scope.ts";
import { timeRange } from "../http/time-range.ts";
import { platform } from "../platform.ts";

type Selected = Omit<z.input<typeof replayJobInput>, "dry_run">;

/** What a job takes: any status, where none is given. Throws 422 if its times are the wrong way round. */
export function selectionOf(input: Selected): ReplaySelection {
  const { from, to } = timeRange(input);
  const nowMs = platform.nowMs();
  return {
    status: input.status ?? "any",
    from: from ?? 0,
    // Not what this job itself, or anyone else, publishes from now on: a job ends.
    to: Math.min(nowMs, to ?? nowMs),
    types: input.types,
    eventIds: input.event_ids,
    error: input.error,
    responseStatus: input.response_status,
    ratePerSecond: input.rate_per_second,
  };
}

/** Who starts a replay, for the limits of portal sessions: the part of the endpoints that theirs are for; null = the whole workspace. */
export function starterOf(reach: Reach): string | null {
  const part = partOf(reach);
  return part && JSON.stringify(part);
}
