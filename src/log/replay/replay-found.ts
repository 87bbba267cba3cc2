import type { ReplayPreview } from "../../domain/replay-messages.ts";
import { always, listed, record, row, type StoredText, shapeOf } from "../../domain/stored.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import type { ReplayReader } from "./replay-reader.ts";

/** What a dry run tells beside a count. */
export const REPLAY_FOUND_SCHEMA: SchemaStep = {
  statements: [
    "ALTER TABLE replay_jobs ADD COLUMN found TEXT",
    "ALTER TABLE replay_batches ADD COLUMN found TEXT",
  ],
  olderCodeMayRead: true,
};

/** Events that a preview shows. */
const SAMPLE = 5;

/** What a sample may be in bytes of events to be read. */
const SAMPLE_BYTES = 8 * 1024 * 1024;

/** An event that a preview shows, with the number of the endpoint that it is for. */
type Sampled = [position: number, endpoint: number];

/** What a job or a replay over several endpoints found so far, as stored: log positions. */
export interface Found {
  first: number;
  last: number;
  sample: Sampled[];
}

export const foundShape = shapeOf(
  record<Found>({ first: always(), last: always(), sample: listed(row<Sampled>(always(), always())) }),
);

/** What was found with what a look found more. */
export function foundWith(
  stored: StoredText<Found> | null,
  positions: readonly number[],
  endpoint: number,
): StoredText<Found> | null {
  if (positions.length === 0) return stored;
  const more: Found = {
    first: Math.min(...positions),
    last: Math.max(...positions),
    sample: positions.slice(0, SAMPLE).map((position) => [position, endpoint]),
  };
  return foundTogether(stored, foundShape.write(more));
}

/** What two of them found together. */
export function foundTogether(
  one: StoredText<Found> | null,
  other: StoredText<Found> | null,
): StoredText<Found> | null {
  if (one === null || other === null) return one ?? other;
  const [a, b] = [foundShape.read(one), foundShape.read(other)];
  const together: Found = {
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    sample: [...a.sample, ...b.sample].slice(0, SAMPLE),
  };
  return foundShape.write(together);
}

/** The events of what was found; those that expired since are left out. */
export async function previewOf(
  reader: Pick<ReplayReader, "some">,
  stored: StoredText<Found> | null,
  endpointId: (number: number) => string | null,
  acceptedAt: (position: number) => number,
): Promise<ReplayPreview> {
  if (stored === null) return { firstAt: null, lastAt: null, sample: [] };
  const { first, last, sample } = foundShape.read(stored);
  const { events } = await reader.some(
    sample.map(([position]) => position),
    SAMPLE_BYTES,
  );
  const byPosition = new Map(events.map((event) => [event.position, event]));
  return {
    firstAt: acceptedAt(first),
    lastAt: acceptedAt(last),
    sample: sample.flatMap(([position, number]) => {
      const event = byPosition.get(position);
      const endpoint = endpointId(number);
      if (event === undefined || endpoint === null) return [];
      const { id, ownId, type, acceptedAt } = event;
      return [{ id, ownId, type, acceptedAt, endpointId: endpoint }];
    }),
  };
}
