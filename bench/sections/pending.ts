import { sleep, until } from "../clock.ts";
import { type Figure, plain } from "../figure.ts";
import { median } from "../percentiles.ts";
import { cpuMsOf } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

/** The most is little below what an endpoint takes: at its cap it would take no more, and enqueueing would not be measured. */
const MANY = { quick: 5000, default: 200_000, full: 990_000 };
const FEW = 100;
const PAIRS = 3;
const TARGET_RATIO = 1.2;

/** As much is published as the rate lets out, so that a queue keeps its length while it is measured. */
const RATE_PER_SECOND = 250;
const DURATION_MS = { quick: 1000, default: 8000, full: 8000 };

/** So that the most of them stay below the bytes that an endpoint may hold, too. */
const DATA_BYTES = 200;

/** An endpoint's queue: the events of a type of its own, and a listener of the same name. */
interface Queue {
  name: "few" | "many";
  id: string;
  /** Events published so far. */
  published: number;
}

/**
 * What a delivery costs beside a long queue and a short one: two endpoints that get and deliver the same number of
 * events per second, in turns, while so many lie pending. CPU time of workerd, accepting included.
 */
export async function pending(bench: Bench): Promise<Figure[]> {
  // Only Linux tells what CPU time a process has used.
  if (process.platform !== "linux") return [];
  return bench.withService(async (service) => {
    const few = await fill(bench, service, "few", FEW);
    const many = await fill(bench, service, "many", MANY[bench.size]);
    const costs = { few: [] as number[], many: [] as number[] };
    for (let pair = 0; pair < PAIRS; pair++) {
      for (const queue of [few, many]) costs[queue.name].push(await cpuPerDelivery(bench, service, queue));
    }
    for (const { name } of [few, many]) await bench.receiver.ask("close", name);
    const [besideFew, besideMany] = [median(costs.few), median(costs.many)];
    const ratio = besideMany / besideFew;
    return [
      {
        name: `CPU per event, accepted and delivered, with ${plain(MANY[bench.size])} pending, median of ${PAIRS} pairs`,
        measured: `${plain(besideMany)} ms, with ${FEW} pending ${plain(besideFew)} ms: ${plain(ratio)} ×`,
        target: `≤ ${TARGET_RATIO} ×`,
        met: ratio <= TARGET_RATIO,
      },
    ];
  });
}

/** A paused endpoint with so many pending. */
async function fill(bench: Bench, service: Service, name: Queue["name"], count: number): Promise<Queue> {
  const port = await bench.receiver.ask("open", { name });
  const id = await service.client.endpoint(port, {
    types: [`${name}.event`],
    rate_limit: { per_second: RATE_PER_SECOND },
    status: "paused",
  });
  const batch = { batch: 100, connections: 4, dataBytes: DATA_BYTES };
  await bench.publisher.ask("run", loadOn(service, { type: `${name}.event`, events: count, ...batch }));
  await until(`${count} pending`, 600_000, async () => {
    await sleep(200);
    const stats = await service.client.call<{ pending: number }>("GET", `/v1/endpoints/${id}/stats`);
    return stats.pending === count;
  });
  return { name, id, published: count };
}

/** Milliseconds. */
async function cpuPerDelivery(bench: Bench, service: Service, queue: Queue): Promise<number> {
  const { client, pid } = service;
  await client.call("PATCH", `/v1/endpoints/${queue.id}`, { status: "enabled" });
  const tallyBefore = await bench.receiver.ask("tally", queue.name);
  const cpuMsBefore = cpuMsOf(pid) ?? 0;
  const load = await bench.publisher.ask(
    "run",
    loadOn(service, {
      type: `${queue.name}.event`,
      ratePerSecond: RATE_PER_SECOND,
      durationMs: DURATION_MS[bench.size],
      dataBytes: DATA_BYTES,
      firstNumber: queue.published,
    }),
  );
  const cpuMs = (cpuMsOf(pid) ?? 0) - cpuMsBefore;
  const tally = await bench.receiver.ask("tally", queue.name);
  queue.published += load.acceptedEvents;
  await client.call("PATCH", `/v1/endpoints/${queue.id}`, { status: "paused" });
  return cpuMs / (tally.received - tallyBefore.received);
}
