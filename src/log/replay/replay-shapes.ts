import type { ReplayBatch, ReplayJob, ReplaySelection } from "../../domain/replay-messages.ts";
import { added, always, listed, maybe, nullable, record, shapeOf } from "../../domain/stored.ts";
import type { ReplayCursor } from "./replay-selection.ts";

/* How replay jobs and replays over several endpoints are stored. */

const readSelection = record<ReplaySelection>({
  status: always(),
  from: always(),
  to: always(),
  types: maybe(),
  eventIds: maybe(),
  ratePerSecond: maybe(),
  error: maybe(),
  responseStatus: maybe(),
});

export const selectionShape = shapeOf(readSelection);

/** A job as it was answered. Before 0.2 there were no replays over several endpoints. */
export const replayJobShape = shapeOf(
  record<ReplayJob>({
    id: always(),
    endpointId: always(),
    batchId: added(null),
    state: always(),
    selection: readSelection,
    isDryRun: maybe(),
    total: always(),
    done: always(),
    createdAt: always(),
    error: always(),
  }),
);

/** A replay over several endpoints as it was answered. */
export const replayBatchShape = shapeOf(
  record<ReplayBatch>({
    id: always(),
    state: always(),
    endpointIds: nullable(always()),
    selection: readSelection,
    isDryRun: always(),
    endpoints: always(),
    failed: always(),
    total: always(),
    done: always(),
    createdAt: always(),
  }),
);

const readCursor = record<ReplayCursor>({ position: always(), sequence: always(), toSequence: maybe() });

export const cursorShape = shapeOf(readCursor);

/** What a look found and is not enqueued yet. Stored before the first of it is sent, so that a crash changes nothing of it. */
export interface Plan {
  /** Log positions, ascending. */
  positions: number[];
  /** Where to look on when it is done; null = nowhere, that was all. */
  next: ReplayCursor | null;
}

export const planShape = shapeOf(record<Plan>({ positions: listed(always()), next: nullable(readCursor) }));

/** Numbers of endpoints. */
export const numbersShape = shapeOf(listed<number>(always()));
