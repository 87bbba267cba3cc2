import { setTimeout as wait } from "node:timers/promises";
import type { Atlas } from "../../sdk/client/index.ts";
import { CommandError } from "../shell/failure.ts";

/** One replay job takes so many events by their ids. */
const EVENTS_PER_JOB = 1000;

/** What is older than the newest so many is left to a replay that says what it wants. */
const MOST_EVENTS = 10_000;

const LOOKS_EVERY_MS = 200;

/** What was backfilled; `isCut`: there was more. */
export interface Backfilled {
  count: number;
  isCut: boolean;
}

/**
 * Has what was published since a time come to an endpoint, oldest first, by replay jobs: what it has had already, or has
 * waiting, is left out, so that nothing comes twice.
 */
export async function backfill(
  atlas: Atlas,
  endpointId: string,
  { types, since }: { types: readonly string[]; since: string },
  signal: AbortSignal,
): Promise<Backfilled> {
  const found = new Map<string, string>();
  let isCut = false;
  for (const type of types) {
    // Each type is asked for as many as all together: which are the newest shows only once all are known.
    let ofType = 0;
    for await (const event of atlas.events.list({ type, from: since, limit: 200 }, { signal })) {
      if (event.type.startsWith("webhooks.")) continue;
      if (ofType >= MOST_EVENTS) {
        isCut = true;
        break;
      }
      ofType++;
      found.set(event.id, event.accepted_at);
    }
  }
  // Ids are in accept order within a millisecond, too.
  const sorted = [...found.entries()].toSorted(byTime).map(([id]) => id);
  const ids = sorted.slice(-MOST_EVENTS);
  if (ids.length < sorted.length) isCut = true;
  let count = 0;
  for (let at = 0; at < ids.length; at += EVENTS_PER_JOB)
    count += await replayed(atlas, endpointId, ids.slice(at, at + EVENTS_PER_JOB), signal);
  return { count, isCut };
}

/** One job after the other: they would run side by side, and mix up the order. */
async function replayed(
  atlas: Atlas,
  endpointId: string,
  ids: string[],
  signal: AbortSignal,
): Promise<number> {
  let job = await atlas.endpoints.createReplay(endpointId, { status: "missed", event_ids: ids }, { signal });
  while (job.state === "running") {
    await wait(LOOKS_EVERY_MS, undefined, { signal });
    job = await atlas.endpoints.getReplay(endpointId, job.id, { signal });
  }
  if (job.state !== "done")
    throw new CommandError(
      `What was published earlier did not all come: the replay ${job.id} is ${job.state}: ${job.error ?? `${job.done} were enqueued`}.`,
    );
  return job.done;
}

function byTime([idA, atA]: [string, string], [idB, atB]: [string, string]): number {
  return atA === atB ? (idA < idB ? -1 : 1) : atA < atB ? -1 : 1;
}
