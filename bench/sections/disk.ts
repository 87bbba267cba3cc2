import { type Figure, milliseconds } from "../figure.ts";
import type { Percentiles } from "../percentiles.ts";
import { latencyAt } from "../race/measures.ts";
import { Rival } from "../race/rival.ts";
import type { Bench } from "../section.ts";
import { slowSync } from "../slow-sync/slow-sync.ts";

/** How much longer each sync of a file takes: what it takes on a shared disk. */
const DELAY_MS = 3;

const RATE_PER_SECOND = 200;

/** Each of these events goes to so many endpoints: a thousand deliveries a second. */
const FAN = { endpoints: 20, ratePerSecond: 50 };

interface Targets {
  p50Ms: number;
  p99Ms: number;
}

const TARGETS: Record<"one" | "fan", [asItIs: Targets, slow: Targets]> = {
  one: [
    { p50Ms: 3, p99Ms: 12 },
    { p50Ms: 8, p99Ms: 30 },
  ],
  fan: [
    { p50Ms: 9, p99Ms: 40 },
    { p50Ms: 15, p99Ms: 200 },
  ],
};

/** From the publisher to the receiver with the disk as it is, and with each sync of a file made to last longer. */
export async function disk(bench: Bench): Promise<Figure[]> {
  const slow = slowSync(bench.scratch, DELAY_MS);
  if (slow === null) bench.note("No sync is made slower: that takes Linux and a C compiler (cc).");
  const figures: Figure[] = [];
  for (const [place, environment] of [{}, slow].entries()) {
    if (environment === null) continue;
    figures.push(
      ...(await bench.withService(
        async (service) => {
          const rival = Rival.of(service);
          const one = await bench.receiver.ask("open", { name: "one", countsAll: true });
          const fan = await bench.receiver.ask("open", { name: "twenty", countsAll: true });
          await rival.endpoint(one, "disk.one");
          for (let n = 0; n < FAN.endpoints; n++) await rival.endpoint(fan, "disk.fan");
          const { endpoints, ratePerSecond } = FAN;
          const ofOne = await latencyAt(bench, rival, "one", "disk.one", RATE_PER_SECOND);
          const ofAll = await latencyAt(bench, rival, "twenty", "disk.fan", ratePerSecond, endpoints);
          for (const name of ["one", "twenty"]) await bench.receiver.ask("close", name);
          const how = place === 0 ? "" : `, with an injected ${DELAY_MS} ms fsync`;
          return [
            figure(`sent → received at ${RATE_PER_SECOND}/s${how}`, ofOne, TARGETS.one[place]),
            figure(`${endpoints} endpoints × ${ratePerSecond}/s${how}`, ofAll, TARGETS.fan[place]),
          ];
        },
        { environment },
      )),
    );
  }
  return figures;
}

function figure(name: string, { p50, p99 }: Percentiles, targets: Targets | undefined): Figure {
  if (targets === undefined) return { name, measured: [p50, p99].map(milliseconds).join(" / ") };
  const { p50Ms, p99Ms } = targets;
  return {
    name: `${name}: p50 / p99`,
    measured: [p50, p99].map(milliseconds).join(" / "),
    target: `≤ ${p50Ms} / ≤ ${p99Ms} ms`,
    met: p50 <= p50Ms * 1000 && p99 <= p99Ms * 1000,
  };
}
