import { sleep } from "../clock.ts";
import { type Figure, milliseconds } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { median } from "../percentiles.ts";
import { cpuMsOf } from "../process-usage.ts";
import { eightAtOnce } from "../race/measures.ts";
import { type Bench, loadOn, type Size } from "../section.ts";
import type { Service } from "../started-service.ts";

const FAILING: Record<Size, number> = { quick: 50, default: 1000, full: 1000 };
const RUNS = 3;

const RATE_PER_SECOND = 50;
const DURATION_MS = { quick: 2000, default: 8000, full: 15_000 };

/** So long after the neighbour's events began they fail, all at once: the rest of its run has their retries, too. */
const FAIL_AFTER_MS = 500;

/** All are given up before the next run. */
const RETRY = { delays: [1, 2, 3], jitter: 0.2 };

const TARGET_FACTOR = 1.5;

/** A service at rest uses less than this share of a core, for so long. */
const CALM_SHARE = 0.05;
const LOOK_MS = 2000;
const MOST_LOOKS = 30;

/** A thousand endpoints, then a thousand keys of one, that fail at one moment: what an endpoint of the same workspace notices. */
export async function failing(bench: Bench): Promise<Figure[]> {
  const count = FAILING[bench.size];
  const refusing = await bench.receiver.ask("open", { name: "refusing" });
  // Nobody listens there any more: each attempt fails at once.
  await bench.receiver.ask("close", "refusing");
  const endpoints = await beside(bench, async (service) => {
    const settings = { types: ["failing.all"], retry: RETRY };
    await eightAtOnce(count, () => service.client.endpoint(refusing, settings));
    return { type: "failing.all", events: 1 };
  });
  const keys = await beside(bench, async (service) => {
    const settings = { types: ["failing.keys"], order: { by: "data.customer" }, retry: RETRY };
    await service.client.endpoint(refusing, settings);
    return { type: "failing.keys", events: count, batch: 100, customers: count };
  });
  return [figureOf(`${count} endpoints`, endpoints), figureOf(`${count} keys`, keys)];
}

interface Measured {
  calmUs: number;
  besideUs: number;
}

/**
 * The neighbour's p99, from the POST to the receipt: before anything fails, and beside it.
 * @param prepare makes what fails; returns the load that makes it fail
 */
async function beside(
  bench: Bench,
  prepare: (service: Service) => Promise<Parameters<typeof loadOn>[1]>,
): Promise<Measured> {
  const good = await bench.receiver.ask("open", { name: "neighbour" });
  try {
    return await bench.withService(async (service) => {
      await service.client.endpoint(good, { types: ["failing.neighbour"] });
      const load = loadOn(service, await prepare(service));
      const fail = async () => {
        await sleep(FAIL_AFTER_MS);
        await bench.secondPublisher.ask("run", load);
      };
      // The first time is to warm up: it makes the objects.
      await Promise.all([neighboursP99(bench, service), fail()]);
      const calm: number[] = [];
      const besideIt: number[] = [];
      for (let run = 0; run < RUNS; run++) {
        await untilCalm(service);
        calm.push(await neighboursP99(bench, service));
        const [measured] = await Promise.all([neighboursP99(bench, service), fail()]);
        besideIt.push(measured);
      }
      return { calmUs: median(calm), besideUs: median(besideIt) };
    });
  } finally {
    await bench.receiver.ask("close", "neighbour");
  }
}

/** Waits until the service has nothing left to do of what came before. */
async function untilCalm({ pid }: Service): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    const before = cpuMsOf(pid) ?? 0;
    await sleep(LOOK_MS);
    if ((cpuMsOf(pid) ?? 0) - before < CALM_SHARE * LOOK_MS) return;
  }
  throw new Error("the service did not come to rest");
}

/** From the POST to the receipt, microseconds. */
async function neighboursP99(bench: Bench, service: Service): Promise<number> {
  await bench.receiver.ask("reset", "neighbour");
  const pace = { ratePerSecond: RATE_PER_SECOND, durationMs: DURATION_MS[bench.size] };
  const load = loadOn(service, { type: "failing.neighbour", ...pace });
  const { acceptedEvents } = await bench.publisher.ask("run", load);
  return (await allReceived(bench, "neighbour", acceptedEvents)).latencyUs.p99;
}

function figureOf(what: string, { calmUs, besideUs }: Measured): Figure {
  return {
    name: `${what} fail at once: the neighbour's p99 at ${RATE_PER_SECOND} events/s, median of ${RUNS} runs`,
    measured: `${milliseconds(besideUs)}, calm ${milliseconds(calmUs)}`,
    target: `≤ ${TARGET_FACTOR} × of calm`,
    met: besideUs <= TARGET_FACTOR * calmUs,
  };
}
