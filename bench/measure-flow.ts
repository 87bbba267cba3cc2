import { sleep } from "./clock.ts";
import { perSecond } from "./figure.ts";
import type { Load, LoadResult } from "./load/publisher.ts";
import type { Percentiles } from "./percentiles.ts";
import { coresWhile } from "./process-usage.ts";
import type { Bench } from "./section.ts";
import type { Service } from "./started-service.ts";

/** What went in and what came out while a load ran. */
export interface Flow {
  load: LoadResult;
  acceptedPerSecond: number;
  /** Distinct events received per second while the load ran. */
  receivedPerSecond: number;
  /** Accepted but not received when the load ended. */
  behind: number;
  latencyUs: Percentiles;
  /** Cores used by each process; null where the system does not tell. */
  cores: string | null;
}

/** Runs a load whose events all go to one listener, and waits until the last has arrived. */
export async function measureFlow(
  bench: Bench,
  service: Service,
  listener: string,
  load: Load,
): Promise<Flow> {
  await bench.receiver.ask("reset", listener);
  const pids = {
    workerd: service.pid,
    publisher: bench.publisher.pid,
    receiver: bench.receiver.pid,
  };
  const { result, cores } = await coresWhile(pids, async () => {
    const ran = await bench.publisher.ask("run", load);
    const tally = await bench.receiver.ask("tally", listener);
    return { ran, tally };
  });
  const { ran, tally } = result;
  const all = await allReceived(bench, listener, ran.acceptedEvents);
  return {
    load: ran,
    acceptedPerSecond: perSecond(ran.acceptedEvents, ran.elapsedMs),
    receivedPerSecond: perSecond(tally.received, ran.elapsedMs),
    behind: ran.acceptedEvents - tally.received,
    latencyUs: all.latencyUs,
    cores,
  };
}

/** Waits until so many distinct events were received. Throws if for 30 s none comes. */
export async function allReceived(bench: Bench, listener: string, count: number) {
  let before = -1;
  for (let quietMs = 0; quietMs < 30_000; quietMs += 50) {
    const tally = await bench.receiver.ask("tally", listener);
    if (tally.received >= count) return tally;
    if (tally.received > before) quietMs = 0;
    before = tally.received;
    await sleep(50);
  }
  throw new Error(`${listener} received ${before} of ${count} events, and for 30 s no more`);
}
