import { type Figure, milliseconds } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { coresWhile } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";

const RATE_PER_SECOND = 20;
const TARGET_P99_US = 50_000;

/** One delay that is timed in memory and one that is left to the object's alarm (`delivery/drain/drain.ts`). */
const DELAYS_SECONDS = [0.5, 3];

/** How late a retry comes: each first attempt is answered 500, and the next one's time is known. */
export async function retry(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const delaySeconds of DELAYS_SECONDS) figures.push(await punctuality(bench, delaySeconds));
  return figures;
}

async function punctuality(bench: Bench, delaySeconds: number): Promise<Figure> {
  const name = `retry-${delaySeconds}`;
  const durationMs = bench.size === "quick" ? 2000 : 15_000;
  const port = await bench.receiver.ask("open", { name, failsFirst: true });
  const tally = await bench.withService(async (service) => {
    await service.client.endpoint(port, {
      max_in_flight: 64,
      retry: { delays: [delaySeconds, delaySeconds], jitter: 0 },
    });
    const { result, cores } = await coresWhile({ workerd: service.pid }, async () => {
      const load = loadOn(service, { ratePerSecond: RATE_PER_SECOND, durationMs });
      const { acceptedEvents } = await bench.publisher.ask("run", load);
      return allReceived(bench, name, acceptedEvents);
    });
    bench.note(`retry after ${delaySeconds} s: cores ${cores}`);
    return result;
  });
  await bench.receiver.ask("close", name);
  const late = (us: number) => milliseconds(us - delaySeconds * 1_000_000);
  const { p50, p99, max } = tally.retriedAfterUs;
  return {
    name: `retry after ${delaySeconds} s, ${RATE_PER_SECOND} events/s: late by p50 / p99 / most`,
    measured: `${late(p50)} / ${late(p99)} / ${late(max)}`,
    target: `p99 ≤ ${milliseconds(TARGET_P99_US)}`,
    met: p99 - delaySeconds * 1_000_000 <= TARGET_P99_US,
  };
}
