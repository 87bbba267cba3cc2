import { logSubscriptionOf } from "../d1/endpoint-config.ts";
import { endpointsAfter } from "../d1/endpoint-order.ts";
import { mapInGroups } from "../domain/groups.ts";
import type { LogRouting } from "../domain/log-shards.ts";
import type { Env } from "../env.ts";
import { logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";

/** Endpoints that a new log is told of at once: a few milliseconds of the thread that one machine's objects share. */
const ENDPOINTS_AT_ONCE = 100;

/**
 * Has the logs of a workspace take over a routing that D1 has, whichever of them did already; may be done by several at once, and
 * again after a crash. First the logs that there were are closed to what is sent by the routing before, then the new ones get to know
 * all endpoints, then all are opened. Until they are, publishing waits. Throws what a log throws.
 * @param noteProgress called now and then while it goes on
 */
export async function takeOver(
  env: Env,
  workspaceId: string,
  routing: LogRouting,
  noteProgress: () => void = () => {},
): Promise<void> {
  const { count, epoch, formerCount } = routing;
  if (epoch === 0) return;
  const log = (number: number) => logOf(env, workspaceId, number);
  const former = numbers(0, formerCount);
  const closed = await mapInGroups(former, platform, async (number) => log(number).closeFor(epoch, count));
  const barriers = closed.filter((barrier) => barrier !== null);
  // Others have a newer one taken over.
  if (barriers.length < closed.length) return;
  // After that: who makes an endpoint later hears of log 0 how many logs there are to be told.
  await introduceAll(env, workspaceId, routing, noteProgress);
  await mapInGroups(numbers(0, count), platform, async (number) =>
    log(number).openFor(epoch, count, barriers),
  );
}

async function introduceAll(
  env: Env,
  workspaceId: string,
  { count, epoch }: LogRouting,
  noteProgress: () => void,
): Promise<void> {
  for (let after = ""; ; ) {
    noteProgress();
    // Logs are opened once all know all: of ten thousand endpoints nobody tells them who finds that another has done it.
    if (await logOf(env, workspaceId, 0).accepts(epoch)) return;
    const rows = await endpointsAfter(env.DB, workspaceId, after, ENDPOINTS_AT_ONCE);
    const entries = rows.map(logSubscriptionOf);
    await mapInGroups(numbers(1, count), platform, async (number) =>
      logOf(env, workspaceId, number).subscribeAll(entries),
    );
    const last = rows.at(-1);
    if (last === undefined || rows.length < ENDPOINTS_AT_ONCE) return;
    after = last.id;
  }
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
