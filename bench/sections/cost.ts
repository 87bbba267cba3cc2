import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import type { Child } from "../child.ts";
import { sleep, until } from "../clock.ts";
import type { Counts } from "../counting/counts.ts";
import { startCounting } from "../counting/server.ts";
import { type Figure, plain } from "../figure.ts";
import type { LoadResult, PublisherAnswers } from "../load/publisher.ts";
import { allReceived } from "../measure-flow.ts";
import { cpuMsOf } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

/** Longer than the 30 days that anything is kept. */
const A_MONTH_MS = 31 * 24 * 3600 * 1000;

/**
 * Cloudflare's list prices, US dollars per million (late 2026): rows written to objects or D1 and read, requests, R2 writes, log
 * lines, milliseconds of CPU, and seconds that one object is awake, at $12.50 per million GB-s and 128 MB each.
 */
const PRICE = {
  rows: 1,
  rowsRead: 0.001,
  objectRequests: 0.15,
  workerRequests: 0.3,
  r2Writes: 4.5,
  logLines: 0.6,
  cpuMs: 0.02,
  awakeSeconds: 12.5 * 0.128,
};

/** What wrangler.toml sets on Cloudflare. */
const WRANGLER = parse(readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8")) as unknown as {
  vars: { SAFETY_NET_SECONDS: string; ARCHIVE_AFTER_SECONDS: string };
  observability: { logs: { invocation_logs: boolean } };
};

/** What closes a segment of the archive, whichever comes first: this age, or this many bytes of events. */
const SEGMENT_SECONDS = Number(WRANGLER.vars.ARCHIVE_AFTER_SECONDS);
const SEGMENT_BYTES = 4 * 1024 ** 2;
const EVENT_BYTES = 1400;

interface Way {
  name: string;
  batch: number | null;
  /** POSTs per second. */
  rate: number;
  /** POSTs in a run by size. */
  posts: Record<Bench["size"], number>;
  targetRows: number;
  targetDollars: number;
  /** Seconds awake per event, of both objects. */
  targetAwake?: number;
}

const RECEIVER_MS = 50;

/** Until the alarms that the first event set have run. */
const SETTLED_MS = 12_000;

const LONE = { batch: null, targetRows: 6, targetDollars: 7, targetAwake: 0.2 };

const EACH_MINUTE: Way = {
  ...LONE,
  name: "lone events, one POST per minute",
  rate: 1 / 60,
  posts: { quick: 2, default: 10, full: 60 },
};

const OFTEN: Way[] = [
  {
    ...LONE,
    name: "lone events, one POST per second",
    rate: 1,
    posts: { quick: 20, default: 60, full: 600 },
  },
  {
    ...{ name: "batches of 20, two POSTs per second", batch: 20, rate: 2, targetRows: 4, targetDollars: 3.4 },
    posts: { quick: 10, default: 60, full: 600 },
  },
];

/** What an event costs, counted, from its POST until nothing of it is left, at a receiver that takes 50 ms. */
export async function cost(bench: Bench): Promise<Figure[]> {
  // The one that mostly waits goes beside the others.
  const eachMinute = countWay(bench, EACH_MINUTE, bench.secondPublisher);
  const figures: Figure[] = [];
  for (const way of OFTEN) figures.push(...(await countWay(bench, way, bench.publisher)));
  return [...(await eachMinute), ...figures];
}

async function countWay(bench: Bench, way: Way, publisher: Child<PublisherAnswers>): Promise<Figure[]> {
  const posts = way.posts[bench.size];
  const events = posts * (way.batch ?? 1);
  const sendSeconds = posts / way.rate;
  // One segment for all of them, closed soon after the last.
  const archiveAfterSeconds = Math.ceil(sendSeconds) + 4;
  const name = `cost ${way.name}`;
  const port = await bench.receiver.ask("open", { name, answerMs: RECEIVER_MS });
  const service = await startCounting(bench.scratch, {
    ARCHIVE_AFTER_SECONDS: String(archiveAfterSeconds),
    SAFETY_NET_SECONDS: WRANGLER.vars.SAFETY_NET_SECONDS,
    SLOTS_PER_OBJECT: "6",
  });
  try {
    const endpointId = await service.client.endpoint(port);
    const { id: workspaceId } = await service.client.call<{ id: string }>("GET", "/v1/workspace");
    const load = loadOn(service, {
      batch: way.batch,
      connections: 1,
      ratePerSecond: way.rate * (way.batch ?? 1),
    });
    // What an endpoint and a log cost once (first rows, the alarm that is then set) is not an event's.
    await publisher.ask("run", { ...load, ratePerSecond: null, events: way.batch ?? 1 });
    await allReceived(bench, name, way.batch ?? 1);
    await sleep(SETTLED_MS);
    await retire(service, workspaceId, endpointId);
    await bench.receiver.ask("reset", name);
    await reset(service);
    const cpuBefore = cpuMsOf(service.pid);
    const sent: LoadResult = await publisher.ask("run", { ...load, events });
    if (sent.refusedRequests > 0) throw new Error("a POST was refused: the counts would mean nothing");
    await allReceived(bench, name, events);
    const cpuMs = cpuBefore === null ? 0 : ((cpuMsOf(service.pid) ?? 0) - cpuBefore) / events;
    await archived(service, archiveAfterSeconds);
    const live = await countsOf(service);
    await retire(service, workspaceId, endpointId);
    const all = { ...(await countsOf(service)), awakeMs: live.awakeMs };
    explain(bench, way, all, events);
    return figuresOf(way, live, all, events, cpuMs);
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
  await sleep(10_000);
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

/** Log lines: the service's own and, where wrangler.toml has them written, one for each invocation. */
function logLinesOf(counts: Counts): number {
  const hasInvocations = WRANGLER.observability.logs.invocation_logs;
  return counts.logLines + (hasInvocations ? counts.workerRequests + requestsOf(counts) : 0);
}

/** What the log writes once for each segment: where it ends, its row, the position up to which all is handed over. */
const SEGMENT_STATEMENTS = [
  "INSERT OR REPLACE",
  "INSERT INTO meta",
  "DELETE FROM meta",
  "DELETE FROM segments",
];

/** Rows per event, with those of segments as many as the archive's own times make: a run here is shorter. */
function rowsPerEvent(way: Way, counts: Counts, events: number): number {
  const ofSegments = SEGMENT_STATEMENTS.reduce(
    (total, statement) => total + (counts.statements[`log: ${statement}`] ?? 0),
    0,
  );
  const perSegment = ofSegments / Math.max(1, counts.r2Writes);
  return (rowsOf(counts) - ofSegments) / events + perSegment * r2WritesOf(way);
}

/** R2 writes per event with the archive's own times: a run here is shorter, with one segment for all. */
function r2WritesOf({ batch, rate }: Way): number {
  return Math.max(1 / (SEGMENT_SECONDS * rate * (batch ?? 1)), EVENT_BYTES / SEGMENT_BYTES);
}

function figuresOf(way: Way, live: Counts, all: Counts, events: number, cpuMs: number): Figure[] {
  const each = (count: number) => plain(count / events);
  const rows = rowsPerEvent(way, all, events);
  const awake = (all.awakeMs.log + all.awakeMs.endpoint) / 1000 / events;
  const r2Writes = r2WritesOf(way);
  const parts = {
    rows: (rows + all.d1Rows / events) * PRICE.rows + (live.rowsRead / events) * PRICE.rowsRead,
    requests: (requestsOf(all) * PRICE.objectRequests + all.workerRequests * PRICE.workerRequests) / events,
    R2: r2Writes * PRICE.r2Writes,
    awake: awake * PRICE.awakeSeconds,
    logs: (logLinesOf(all) / events) * PRICE.logLines,
    CPU: cpuMs * PRICE.cpuMs,
  };
  const sum = Object.values(parts).reduce((a, b) => a + b, 0);
  const { targetAwake } = way;
  return [
    {
      name: `${way.name}: rows per event, all cleaned up`,
      measured: `${plain(rows)} (${plain(rowsPerEvent(way, live, events))} before they expire), D1 ${each(all.d1Rows)}, read ${each(live.rowsRead)}`,
      target: `≤ ${way.targetRows}`,
      met: rows <= way.targetRows,
    },
    {
      name: "… object requests / Worker requests / R2 writes / log lines per event",
      measured: `${each(requestsOf(all))} / ${each(all.workerRequests)} / ${plain(r2Writes)} / ${each(logLinesOf(all))}`,
    },
    {
      name: "… awake per event, log + endpoint",
      measured: `${each(all.awakeMs.log / 1000)} + ${each(all.awakeMs.endpoint / 1000)} s`,
      ...(targetAwake === undefined ? {} : { target: `≤ ${targetAwake} s`, met: awake <= targetAwake }),
    },
    {
      name: `… per million events: ${Object.keys(parts).join(" + ")}`,
      measured: `$${sum.toFixed(2)} = ${Object.values(parts)
        .map((part) => part.toFixed(2))
        .join(" + ")}`,
      target: `≤ $${way.targetDollars.toFixed(2)}`,
      met: sum <= way.targetDollars,
    },
  ];
}

function explain(bench: Bench, way: Way, counts: Counts, events: number): void {
  bench.note(`${way.name}, ${events} events:`);
  const list = (tally: Record<string, number>) =>
    Object.entries(tally)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  bench.note(`  rows: ${list(counts.statements)}`);
  bench.note(`  setAlarm: ${list(counts.alarmsSet)}; requests: ${list(counts.requests)}`);
}
