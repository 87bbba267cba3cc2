import { startBare } from "../bare/server.ts";
import { type Figure, milliseconds, perSecond, plain } from "../figure.ts";
import type { LoadResult } from "../load/publisher.ts";
import { meanOf, median } from "../percentiles.ts";
import { type Bench, loadAt, loadOn } from "../section.ts";
import { type Service, startService } from "../started-service.ts";

const TARGET_SHARE = 0.9;
const TARGET_WITH_PAGES = 0.97;
const TARGET_BATCHED = 15_000;

/** How fast events are accepted: singles beside a bare insert per request, in turns, and batches of 100. */
export async function accept(bench: Bench): Promise<Figure[]> {
  const durationMs = bench.size === "quick" ? 1000 : 4000;
  const rounds = bench.size === "quick" ? 1 : 3;
  const bare = await startBare("bare", bench.scratch);
  try {
    return await bench.withService(async (service) => {
      const single = loadOn(service, { durationMs });
      const insert = loadAt(bare.url, "/insert", { durationMs });
      const batched = loadOn(service, { durationMs, batch: 100, connections: 8 });
      // Neither is measured cold.
      for (const load of [single, insert, batched])
        await bench.publisher.ask("run", { ...load, durationMs: 1000 });
      const singles: LoadResult[] = [];
      const inserts: LoadResult[] = [];
      for (let round = 0; round < rounds; round++) {
        inserts.push(await bench.publisher.ask("run", insert));
        singles.push(await bench.publisher.ask("run", single));
      }
      const batches = await bench.publisher.ask("run", batched);
      return [...figures(singles, inserts, batches), await besideNoPages(bench, service)];
    });
  } finally {
    await bare.stop();
  }
}

/**
 * Singles by a service that serves the dashboard beside one that does not, in turns: each pair of runs is compared by
 * itself, so that what else the machine does weighs on both.
 */
async function besideNoPages(bench: Bench, service: Service): Promise<Figure> {
  const [pairs, durationMs] = bench.size === "quick" ? [2, 500] : [12, 1500];
  const other = await startService(bench.scratch, { withoutPages: true });
  try {
    const runs = [service, other].map((one) => loadOn(one, { durationMs }));
    for (const load of runs) await bench.publisher.ask("run", load);
    const shares: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const rates: number[] = [];
      // Each goes first as often as the other.
      for (const index of pair % 2 === 0 ? [0, 1] : [1, 0]) {
        const load = runs[index];
        if (load !== undefined) rates[index] = rate(await bench.publisher.ask("run", load));
      }
      shares.push((rates[0] ?? 0) / (rates[1] ?? 1));
    }
    const share = median(shares);
    return {
      name: `the same with the dashboard served, to without it (${pairs} pairs of runs in turns)`,
      measured: `× ${plain(share)} (${plain(Math.min(...shares))} to ${plain(Math.max(...shares))})`,
      target: `≥ ${TARGET_WITH_PAGES} ×`,
      met: share >= TARGET_WITH_PAGES,
    };
  } finally {
    await other.stop();
  }
}

function figures(singles: LoadResult[], inserts: LoadResult[], batches: LoadResult): Figure[] {
  const ours = meanOf(singles.map(rate));
  const bare = meanOf(inserts.map(rate));
  const batchRate = rate(batches);
  const answer = (results: LoadResult[]) =>
    `${milliseconds(meanOf(results.map(({ answerUs }) => answerUs.p50)))} / ${milliseconds(meanOf(results.map(({ answerUs }) => answerUs.p99)))}`;
  return [
    {
      name: "single POSTs, 32 connections",
      measured: `${plain(ours)}/s (${plain((100 * ours) / bare)} %)`,
      bare: `${plain(bare)}/s`,
      target: `≥ ${TARGET_SHARE * 100} % of bare`,
      met: ours >= TARGET_SHARE * bare,
    },
    { name: "… their answers, p50 / p99", measured: answer(singles), bare: answer(inserts) },
    {
      name: "batches of 100, 8 connections",
      measured: `${plain(batchRate)} events/s`,
      target: `≥ ${plain(TARGET_BATCHED)} events/s`,
      met: batchRate >= TARGET_BATCHED,
    },
    {
      name: "refused",
      measured: plain([...singles, batches].reduce((sum, { refusedRequests }) => sum + refusedRequests, 0)),
      target: "0",
      met: [...singles, batches].every(({ refusedRequests }) => refusedRequests === 0),
    },
  ];
}

function rate(result: LoadResult): number {
  return perSecond(result.acceptedEvents, result.elapsedMs);
}
