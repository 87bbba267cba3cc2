import { startBare } from "../bare/server.ts";
import { type Figure, milliseconds } from "../figure.ts";
import { allReceived, measureFlow } from "../measure-flow.ts";
import type { Percentiles } from "../percentiles.ts";
import { type Bench, loadAt, loadOn } from "../section.ts";

const RATE_PER_SECOND = 200;
const TARGET_P50_US = 5000;
const TARGET_P99_US = 20_000;

/** From the publisher's POST to the receiver, at a moderate rate; beside an object that inserts and fetches, no more. */
export async function latency(bench: Bench): Promise<Figure[]> {
  const durationMs = bench.size === "quick" ? 2000 : 15_000;
  const port = await bench.receiver.ask("open", { name: "latency" });
  const bare = await startBare("bare", bench.scratch);
  try {
    const relay = `/relay?to=${encodeURIComponent(`http://127.0.0.1:${port}/`)}`;
    const bareLoad = loadAt(bare.url, relay, { ratePerSecond: RATE_PER_SECOND, durationMs });
    await bench.publisher.ask("run", { ...bareLoad, durationMs: 1000 });
    await bench.receiver.ask("reset", "latency");
    const { acceptedEvents } = await bench.publisher.ask("run", bareLoad);
    const relayed = (await allReceived(bench, "latency", acceptedEvents)).latencyUs;
    return await bench.withService(async (service) => {
      await service.client.endpoint(port);
      const load = loadOn(service, { ratePerSecond: RATE_PER_SECOND, durationMs });
      await measureFlow(bench, service, "latency", { ...load, durationMs: 1000 });
      const flow = await measureFlow(bench, service, "latency", load);
      bench.note(`latency: cores ${flow.cores}`);
      return [
        figure("p50", flow.latencyUs, relayed, TARGET_P50_US),
        figure("p99", flow.latencyUs, relayed, TARGET_P99_US),
        {
          name: "… the longest",
          measured: milliseconds(flow.latencyUs.max),
          bare: milliseconds(relayed.max),
        },
      ];
    });
  } finally {
    await bench.receiver.ask("close", "latency");
    await bare.stop();
  }
}

function figure(rank: "p50" | "p99", ours: Percentiles, bare: Percentiles, targetUs: number): Figure {
  return {
    name: `sent → received at ${RATE_PER_SECOND} events/s, ${rank}`,
    measured: milliseconds(ours[rank]),
    bare: milliseconds(bare[rank]),
    target: `≤ ${milliseconds(targetUs)}`,
    met: ours[rank] <= targetUs,
  };
}
