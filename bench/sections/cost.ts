import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { dollarsOf, type Use, useOf } from "../bill.ts";
import type { Child } from "../child.ts";
import { nowUs, sleep } from "../clock.ts";
import type { Counts } from "../counting/counts.ts";
import { type InspectedService, startCountingAsOnCloudflare } from "../counting/server.ts";
import { type Figure, plain } from "../figure.ts";
import type { LoadResult, PublisherAnswers } from "../load/publisher.ts";
import { allReceived } from "../measure-flow.ts";
import { sampledCpuMs } from "../sampled-cpu.ts";
import { type Bench, loadOn } from "../section.ts";

/** Longer than the 30 days that anything is kept. */
const A_MONTH_MS = 31 * 24 * 3600 * 1000;

/** What wrangler.toml sets on Cloudflare. */
const WRANGLER = parse(readFileSync(join(import.meta.dirname, "../../wrangler.toml"), "utf8")) as unknown as {
  vars: { SAFETY_NET_SECONDS: string; ARCHIVE_AFTER_SECONDS: string };
  observability: { logs: { invocation_logs: boolean } };
};

const SAFETY_NET_SECONDS = Number(WRANGLER.vars.SAFETY_NET_SECONDS);

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

/** Until what an event began has ended, and its objects sleep. */
const SETTLED_MS = 12_000;

/** Requests of which CPU time is taken, and the longest that one waits for the next: its objects sleep by then. */
const SAMPLED_POSTS: Record<Bench["size"], number> = { quick: 3, default: 10, full: 10 };
const SAMPLED_WAIT_SECONDS = 13;

const LONE = { batch: null, targetRows: 4, targetDollars: 4.5, targetAwake: 0.2 };

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
    ...{
      name: "batches of 20, two POSTs per second",
      batch: 20,
      rate: 2,
      targetRows: 0.5,
      targetDollars: 0.6,
    },
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
  const name = `cost ${way.name}`;
  const port = await bench.receiver.ask("open", { name, answerMs: RECEIVER_MS });
  const service = await startCountingAsOnCloudflare(bench.scratch, {
    ...WRANGLER.vars,
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
    const publish = async (count: number, ratePerSecond: number | null) => {
      await bench.receiver.ask("reset", name);
      const sent: LoadResult = await publisher.ask("run", { ...load, ratePerSecond, events: count });
      if (sent.refusedRequests > 0) throw new Error("a POST was refused: the counts would mean nothing");
      await allReceived(bench, name, count);
    };
    // What an endpoint and a log cost once (their first rows) is not an event's.
    await publish(way.batch ?? 1, null);
    await sleep(SETTLED_MS);
    await retire(service, workspaceId, endpointId);
    await sleep(SETTLED_MS);
    await service.client.call("POST", "/bench/reset");
    const startedAt = nowUs();
    await publish(events, load.ratePerSecond);
    // The safety nets that were set in a long run ring, too.
    const netsRangAt = Math.floor(posts / way.rate / SAFETY_NET_SECONDS) * SAFETY_NET_SECONDS * 1000;
    await sleep(Math.max(0, netsRangAt - (nowUs() - startedAt) / 1000) + SETTLED_MS);
    const live = await countsOf(service);
    await retire(service, workspaceId, endpointId);
    const all = await countsOf(service);
    explain(bench, way, all, events);
    const cpuMs = await cpuMsOf(service, way, SAMPLED_POSTS[bench.size], publish);
    const hasInvocationLogs = WRANGLER.observability.logs.invocation_logs;
    const use = useOf({ events, live, all, segments: segmentsOf(way), cpuMs, hasInvocationLogs });
    return figuresOf(way, use, live.awakeMs, events);
  } finally {
    await service.stop();
    await bench.receiver.ask("close", name);
  }
}

/**
 * CPU time of an event: of some more, because who looks takes time, too. Those that come alone find their objects asleep,
 * as after a minute.
 */
async function cpuMsOf(
  { inspector }: InspectedService,
  { batch, rate }: Way,
  posts: number,
  publish: (events: number, ratePerSecond: number) => Promise<void>,
): Promise<number> {
  const events = posts * (batch ?? 1);
  const ratePerSecond = Math.max(rate, 1 / SAMPLED_WAIT_SECONDS) * (batch ?? 1);
  return (await sampledCpuMs(inspector, () => publish(events, ratePerSecond))) / events;
}

function countsOf(service: InspectedService): Promise<Counts> {
  return service.client.call("GET", "/bench/counts");
}

/** Archives what is not archived, and deletes what retention would delete a month from now. */
async function retire(service: InspectedService, workspaceId: string, endpointId: string): Promise<void> {
  const query = `workspace=${workspaceId}&endpoint=${endpointId}&now=${Date.now() + A_MONTH_MS}`;
  await service.client.call("POST", `/bench/retire?${query}`);
}

/** Segments per event. */
function segmentsOf({ batch, rate }: Way): number {
  return Math.max(1 / (SEGMENT_SECONDS * rate * (batch ?? 1)), EVENT_BYTES / SEGMENT_BYTES);
}

function figuresOf(way: Way, use: Use, awakeMs: Counts["awakeMs"], events: number): Figure[] {
  const parts = dollarsOf(use);
  const sum = Object.values(parts).reduce((a, b) => a + b, 0);
  const { targetAwake } = way;
  const awakeOf = (ms: number) => plain(ms / 1000 / events);
  return [
    {
      name: `${way.name}: rows per event, all cleaned up`,
      measured: `${plain(use.rows)} (${plain(use.rowsAtFirst)} before it is archived), D1 ${plain(use.d1Rows)}, read ${plain(use.rowsRead)}`,
      target: `≤ ${way.targetRows}`,
      met: use.rows <= way.targetRows,
    },
    {
      name: "… object requests / Worker requests / R2 writes / log lines per event",
      measured: [use.objectRequests, use.workerRequests, use.r2Writes, use.logLines].map(plain).join(" / "),
    },
    {
      name: "… awake per event, log + endpoint + senders; CPU",
      measured: `${[awakeMs.log, awakeMs.endpoint, awakeMs.sender].map(awakeOf).join(" + ")} s; ${plain(use.cpuMs)} ms`,
      ...(targetAwake === undefined
        ? {}
        : { target: `≤ ${targetAwake} s`, met: use.awakeSeconds <= targetAwake }),
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
  bench.note(`  rows read: ${list(counts.reads)}`);
  bench.note(`  setAlarm: ${list(counts.alarmsSet)}; requests: ${list(counts.requests)}`);
}
