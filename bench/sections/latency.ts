import { startBare } from "../bare/server.ts";
import { type Figure, milliseconds } from "../figure.ts";
import type { Load } from "../load/publisher.ts";
import { allReceived } from "../measure-flow.ts";
import { type Percentiles, percentilesOf } from "../percentiles.ts";
import { type Bench, loadAt, loadOn } from "../section.ts";

const RATE_PER_SECOND = 200;
const TARGET_P50_US = 3000;
const TARGET_P99_US = 12_000;

const ROUNDS = 3;

/**
 * From the publisher's POST to the receiver, at a moderate rate; in turns with an object that inserts and fetches, no
 * more.
 */
export async function latency(bench: Bench): Promise<Figure[]> {
  const durationMs = bench.size === "quick" ? 1000 : 5000;
  const port = await bench.receiver.ask("open", { name: "latency" });
  const barePort = await bench.receiver.ask("open", { name: "bare latency" });
  const bare = await startBare("bare", bench.scratch);
  try {
    return await bench.withService(async (service) => {
      await service.client.endpoint(port);
      const relay = `/relay?to=${encodeURIComponent(`http://127.0.0.1:${barePort}/`)}`;
      const ours = loadOn(service, { ratePerSecond: RATE_PER_SECOND, durationMs });
      const theirs = loadAt(bare.url, relay, { ratePerSecond: RATE_PER_SECOND, durationMs });
      // Neither is measured cold.
      await receiveAll(bench, "latency", { ...ours, durationMs: 1000 }, 0);
      await receiveAll(bench, "bare latency", { ...theirs, durationMs: 1000 }, 0);
      for (const name of ["latency", "bare latency"]) await bench.receiver.ask("reset", name);
      let [tally, bareTally] = [
        { received: 0, latencyUs: NONE },
        { received: 0, latencyUs: NONE },
      ];
      for (let round = 0; round < ROUNDS; round++) {
        bareTally = await receiveAll(bench, "bare latency", theirs, bareTally.received);
        tally = await receiveAll(bench, "latency", ours, tally.received);
      }
      return [
        figure("p50", tally.latencyUs, bareTally.latencyUs, TARGET_P50_US),
        figure("p99", tally.latencyUs, bareTally.latencyUs, TARGET_P99_US),
        {
          name: "… the longest",
          measured: milliseconds(tally.latencyUs.max),
          bare: milliseconds(bareTally.latencyUs.max),
        },
      ];
    });
  } finally {
    await bench.receiver.ask("close", "latency");
    await bench.receiver.ask("close", "bare latency");
    await bare.stop();
  }
}

const NONE = percentilesOf([]);

/** Runs a load whose numbers go on from what a listener has; its tally when all has arrived. */
async function receiveAll(bench: Bench, listener: string, load: Load, received: number) {
  const { acceptedEvents } = await bench.publisher.ask("run", { ...load, firstNumber: received });
  return allReceived(bench, listener, received + acceptedEvents);
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
