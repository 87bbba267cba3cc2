import type { ReplaySelection } from "../../domain/replay-messages.ts";
import { always, listed, maybe, nullable, record, shapeOf } from "../../domain/stored.ts";
import type { ReplayCursor } from "./replay-selection.ts";

/* How replay jobs and replays over several endpoints are stored. */

export const selectionShape = shapeOf(
  record<ReplaySelection>({
    status: always(),
    from: always(),
    to: always(),
    types: maybe(),
    eventIds: maybe(),
    ratePerSecond: maybe(),
    error: maybe(),
    responseStatus: maybe(),
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
