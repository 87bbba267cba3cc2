import { nowUs } from "../clock.ts";
import { type Figure, milliseconds, perSecond, plain } from "../figure.ts";
import type { LoadResult } from "../load/publisher.ts";
import { allReceived } from "../measure-flow.ts";
import { memoryOf } from "../process-usage.ts";
import type { Tally } from "../receive/receiver.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

const EVENTS = { quick: 5000, default: 200_000, full: 1_000_000 };
const NEIGHBOUR_PER_SECOND = 100;

/** The first attempts fail at once; what failed comes again after this long, so that the drain never waits for it. */
const RETRY_SECONDS = 30;

/** Deliveries of an empty queue that are drained first, to compare. */
const FEW = { quick: 1000, default: 10_000, full: 10_000 };

/**
 * One endpoint whose receiver is down and that is filled with events, beside one that works: what it costs the
 * others, the process, and each delivery when the receiver is back.
 */
export async function backlog(bench: Bench): Promise<Figure[]> {
  const count = EVENTS[bench.size];
  const port = await bench.receiver.ask("open", { name: "down" });
  const neighbourPort = await bench.receiver.ask("open", { name: "neighbour" });
  return bench.withService(async (service) => {
    await service.client.endpoint(neighbourPort, { types: ["neighbour.event"] });
    await service.client.endpoint(port, {
      types: ["fill.event"],
      max_in_flight: 64,
      retry: { delays: Array(20).fill(RETRY_SECONDS), jitter: 0 },
    });
    const few = await drainRate(bench, service, FEW[bench.size]);
    await bench.receiver.ask("close", "down");
    await bench.receiver.ask("reset", "down");
    const before = await neighbour(bench, service, 3000, 0);
    const fill = bench.publisher.ask("run", fillOf(service, count));
    const during = await neighbourWhile(bench, service, fill);
    const filled = await fill;
    const memoryFull = memoryOf(service.pid);
    await bench.receiver.ask("open", { name: "down" });
    const openedAtUs = nowUs();
    const { lastAtUs } = await allReceived(bench, "down", filled.acceptedEvents);
    await bench.receiver.ask("close", "down");
    await bench.receiver.ask("close", "neighbour");
    const drainMs = (lastAtUs - openedAtUs) / 1000;
    const memory = memoryOf(service.pid);
    return [
      {
        name: `filling one endpoint with ${plain(count)} pending, batches of 100`,
        measured: `${plain(perSecond(filled.acceptedEvents, filled.elapsedMs))} events/s accepted, ${plain(filled.refusedRequests)} refused`,
      },
      {
        name: `… a neighbour at ${NEIGHBOUR_PER_SECOND}/s meanwhile, sent → received, p50 / p99`,
        measured: neighbourText(during),
      },
      { name: "… the same before", measured: neighbourText(before) },
      {
        name: "… workerd's memory then, and at its most",
        measured:
          memory && memoryFull ? `${plain(memoryFull.nowMiB)} MiB, ${plain(memory.mostMiB)} MiB` : "unknown",
      },
      {
        name: "… drained when the receiver was back",
        measured: `in ${plain(drainMs / 1000)} s: ${plain(perSecond(filled.acceptedEvents, drainMs))}/s`,
      },
      { name: `… draining ${plain(FEW[bench.size])} of a short queue`, measured: `${plain(few)}/s` },
    ];
  });
}

function fillOf(service: Service, events: number) {
  return loadOn(service, { type: "fill.event", events, batch: 100, connections: 4 });
}

/** How fast a short queue is drained while it is filled, per second. */
async function drainRate(bench: Bench, service: Service, events: number): Promise<number> {
  const startedAt = nowUs();
  await bench.publisher.ask("run", fillOf(service, events));
  const { lastAtUs } = await allReceived(bench, "down", events);
  return perSecond(events, (lastAtUs - startedAt) / 1000);
}

interface NeighbourResult {
  load: LoadResult;
  tally: Tally;
}

async function neighbour(
  bench: Bench,
  service: Service,
  durationMs: number,
  firstNumber: number,
): Promise<NeighbourResult> {
  const load = await bench.secondPublisher.ask(
    "run",
    loadOn(service, {
      type: "neighbour.event",
      ratePerSecond: NEIGHBOUR_PER_SECOND,
      durationMs,
      firstNumber,
    }),
  );
  return { load, tally: await allReceived(bench, "neighbour", firstNumber + load.acceptedEvents) };
}

/** The neighbour's load for as long as something else takes, a second at a time. */
async function neighbourWhile(
  bench: Bench,
  service: Service,
  other: Promise<unknown>,
): Promise<NeighbourResult> {
  let isOver = false;
  const over = other.finally(() => {
    isOver = true;
  });
  await bench.receiver.ask("reset", "neighbour");
  let result = await neighbour(bench, service, 1000, 0);
  while (!isOver) result = await neighbour(bench, service, 1000, result.tally.received);
  await over;
  return result;
}

function neighbourText({ tally }: NeighbourResult): string {
  return `${milliseconds(tally.latencyUs.p50)} / ${milliseconds(tally.latencyUs.p99)}`;
}
