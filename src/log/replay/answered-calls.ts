import type { Deadlines } from "../../deadlines.ts";
import type { ReplayReader } from "./replay-reader.ts";
import type { ReplayStepPort } from "./replay-steps.ts";

/**
 * What an endpoint, another log or the archive has not answered after so long is given up, milliseconds: the job waits, and makes the
 * step again. Otherwise two such jobs would hold up all of a workspace's.
 */
const ANSWERS_WITHIN_MS = 60_000;

type Called = Pick<ReplayStepPort, "reader" | "endpoint">;

/** What replay jobs call, each call with a time limit. What is answered later counts for nothing. */
export function answeredCalls({ reader, endpoint }: Called, deadlines: Deadlines): Called {
  const within = <T>(call: Promise<T>): Promise<T> => deadlines.within(ANSWERS_WITHIN_MS, call);
  const answeredReader: ReplayReader = {
    get logs() {
      return reader.logs;
    },
    scan: (asked) => within(reader.scan(asked)),
    some: (positions, maxBytes) => within(reader.some(positions, maxBytes)),
    positionOf: (id) => within(reader.positionOf(id)),
  };
  return {
    reader: answeredReader,
    endpoint: (endpointId) => {
      const called = endpoint(endpointId);
      return {
        replayCandidates: (...asked) => within(called.replayCandidates(...asked)),
        selectReplays: (...asked) => within(called.selectReplays(...asked)),
        replayStep: (step) => within(called.replayStep(step)),
        endReplay: (jobId) => within(called.endReplay(jobId)),
      };
    },
  };
}
