import { sleep, until } from "../clock.ts";
import type { Counts } from "../counting/counts.ts";
import { startCounting } from "../counting/server.ts";
import { type Figure, plain } from "../figure.ts";
import type { LoadResult } from "../load/publisher.ts";
import { allReceived } from "../measure-flow.ts";
import { cpuMsOf } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

/** Longer than the 30 days that anything is kept. */
const A_MONTH_MS = 31 * 24 * 3600 * 1000;

/** Cloudflare's list prices, US dollars per million; CPU per million ms, duration per million GB-s (mid 2026). */
const PRICE = {
  rows: 1,
  objectRequests: 0.15,
  workerRequests: 0.3,
  r2Writes: 4.5,
  cpu: 0.02,
  duration: 12.5,
};

/** Two objects of 128 MB. */
const OBJECTS_GB = 0.256;

interface Way {
  name: string;
  batch: number | null;
  /** POSTs per second. */
  rate: number;
  targetRows: number;
}

const WAYS: Way[] = [
  { name: "lone events, one POST per second", batch: null, rate: 1, targetRows: 6 },
  { name: "batches of 20, two POSTs per second", batch: 20, rate: 2, targetRows: 4 },
];

/** What an event costs in rows, requests and R2 writes, counted, from its POST until nothing of it is left. */
export async function cost(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const way of WAYS) figures.push(...(await countWay(bench, way)));
  return figures;
}

async function countWay(bench: Bench, way: Way): Promise<Figure[]> {
  const posts = bench.size === "quick" ? 10 : 60;
  const events = posts * (way.batch ?? 1);
  const sendSeconds = posts / way.rate;
  // One segment for all of them, closed soon after the last.
  const archiveAfterSeconds = Math.ceil(sendSeconds) + 4;
  const name = `cost-${way.batch ?? "lone"}`;
  const port = await bench.receiver.ask("open", { name });
  const service = await startCounting(bench.scratch, { ARCHIVE_AFTER_SECONDS: String(archiveAfterSeconds) });
  try {
    const endpointId = await service.client.endpoint(port);
    const { id: workspaceId } = await service.client.call<{ id: string }>("GET", "/v1/workspace");
    const load = loadOn(service, {
      batch: way.batch,
      connections: 1,
      ratePerSecond: way.rate * (way.batch ?? 1),
    });
    // What an endpoint and a log cost once (first rows, the alarm that is then set) is not an event's.
    await bench.publisher.ask("run", { ...load, events: way.batch ?? 1 });
    await allReceived(bench, name, way.batch ?? 1);
    await archived(service, archiveAfterSeconds);
    await retire(service, workspaceId, endpointId);
    await bench.receiver.ask("reset", name);
    await reset(service);
    const cpuBefore = cpuMsOf(service.pid);
    const sent: LoadResult = await bench.publisher.ask("run", { ...load, events });
    if (sent.refusedRequests > 0) throw new Error("a POST was refused: the counts would mean nothing");
    await allReceived(bench, name, events);
    const cpuMs = cpuBefore === null ? null : ((cpuMsOf(service.pid) ?? 0) - cpuBefore) / events;
    await archived(service, archiveAfterSeconds);
    const live = await countsOf(service);
    await retire(service, workspaceId, endpointId);
    const all = await countsOf(service);
    explain(bench, way, all, events, cpuMs);
    return figuresOf(way, live, all, events);
  } finally {
    await service.stop();
    await bench.receiver.ask("close", name);
  }
}

function countsOf(service: Service): Promise<Counts> {
  return service.client.call("GET", "/bench/counts");
}

async function reset(service: Service): Promise<void> {
  await service.client.call("POST", "/bench/reset");
}

/** Waits until the log's open segment was written to R2 and left SQLite, and the alarms around it have run. */
async function archived(service: Service, archiveAfterSeconds: number): Promise<void> {
  const before = (await countsOf(service)).r2Writes;
  const timeoutMs = archiveAfterSeconds * 1000 + 60_000;
  await until("archive", timeoutMs, async () => (await countsOf(service)).r2Writes > before);
  await sleep(1000);
}

/** Deletes what retention would delete a month from now. */
async function retire(service: Service, workspaceId: string, endpointId: string): Promise<void> {
  const query = `workspace=${workspaceId}&endpoint=${endpointId}&now=${Date.now() + A_MONTH_MS}`;
  await service.client.call("POST", `/bench/retire?${query}`);
}

function rowsOf(counts: Counts): number {
  const sum = (values: Record<string, number>) => Object.values(values).reduce((a, b) => a + b, 0);
  return sum(counts.rows) + sum(counts.alarmsSet);
}

function requestsOf(counts: Counts): number {
  return Object.entries(counts.requests).reduce(
    (total, [name, count]) => total + (name.endsWith("retireAt") ? 0 : count),
    0,
  );
}

function figuresOf(way: Way, live: Counts, all: Counts, events: number): Figure[] {
  const each = (count: number) => plain(count / events);
  const rows = rowsOf(all) / events;
  const dollars =
    (rowsOf(all) + all.d1Rows) * PRICE.rows +
    requestsOf(all) * PRICE.objectRequests +
    all.workerRequests * PRICE.workerRequests +
    all.r2Writes * PRICE.r2Writes;
  return [
    {
      name: `${way.name}: rows per event, all cleaned up`,
      measured: `${plain(rows)} (${each(rowsOf(live))} before they expire)`,
      target: `≤ ${way.targetRows}`,
      met: rows <= way.targetRows,
    },
    {
      name: "… object requests / Worker requests / R2 writes / D1 rows per event",
      measured: `${each(requestsOf(all))} / ${each(all.workerRequests)} / ${each(all.r2Writes)} / ${each(all.d1Rows)}`,
    },
    { name: "… list price per million events", measured: `$${(dollars / events).toFixed(2)}` },
  ];
}

function explain(bench: Bench, way: Way, counts: Counts, events: number, cpuMs: number | null): void {
  bench.note(`${way.name}, ${events} events:`);
  const list = (tally: Record<string, number>) =>
    Object.entries(tally)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  bench.note(`  rows: ${list(counts.statements)}`);
  bench.note(`  setAlarm: ${list(counts.alarmsSet)}; requests: ${list(counts.requests)}`);
  const seconds = 1 / (way.rate * (way.batch ?? 1));
  const duration = (seconds * OBJECTS_GB * PRICE.duration).toFixed(2);
  const cpu = cpuMs === null ? "" : `CPU ${plain(cpuMs)} ms per event ($${(cpuMs * PRICE.cpu).toFixed(2)}); `;
  bench.note(
    `  per million events beside the price: ${cpu}duration up to $${duration}, both objects always awake`,
  );
}
