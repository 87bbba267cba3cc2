import { runLoop } from "../bare/loop.ts";
import { startBare } from "../bare/server.ts";
import { nowUs } from "../clock.ts";
import { type Figure, milliseconds, perSecond, plain } from "../figure.ts";
import { allReceived, type Flow, measureFlow } from "../measure-flow.ts";
import { meanOf } from "../percentiles.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

/** Events offered per second, and what must be received; beyond the target one more rate shows where it ends. */
const SINGLES: [number, number | null][] = [
  [1000, 900],
  [1500, null],
];
const BATCHED: [number, number | null][] = [
  [2500, 2000],
  [4000, null],
];
const TARGET_SERIAL_SHARE = 0.8;
const TARGET_BY_KEY_SHARE = 0.7;

/** Delivery keeps pace if at most this much, in seconds of the offered rate, is still on its way at the end. */
const BEHIND_SECONDS = 0.5;

/** From accepted to received, sustained: at offered rates, and in order. */
export async function deliver(bench: Bench): Promise<Figure[]> {
  return [
    ...(await bench.withService((service) => atOfferedRates(bench, service))),
    ...(await bench.withService((service) => byKey(bench, service))),
    ...(await bench.withService((service) => inOrder(bench, service))),
  ];
}

async function atOfferedRates(bench: Bench, service: Service): Promise<Figure[]> {
  const durationMs = bench.size === "quick" ? 2000 : 10_000;
  const port = await bench.receiver.ask("open", { name: "unordered" });
  await service.client.endpoint(port, { max_in_flight: 64 });
  await measureFlow(bench, service, "unordered", loadOn(service, { ratePerSecond: 300, durationMs: 1000 }));
  const figures: Figure[] = [];
  for (const [ratePerSecond, target] of SINGLES) {
    const load = loadOn(service, { ratePerSecond, durationMs });
    const flow = await measureFlow(bench, service, "unordered", load);
    figures.push(figure(`singles offered at ${plain(ratePerSecond)}/s`, flow, ratePerSecond, target));
    bench.note(`singles at ${ratePerSecond}/s: cores ${flow.cores}`);
  }
  for (const [ratePerSecond, target] of BATCHED) {
    const load = loadOn(service, { ratePerSecond, durationMs, batch: 100, connections: 4 });
    const flow = await measureFlow(bench, service, "unordered", load);
    figures.push(
      figure(`batches of 100 offered at ${plain(ratePerSecond)} events/s`, flow, ratePerSecond, target),
    );
    bench.note(`batches at ${ratePerSecond}/s: cores ${flow.cores}`);
  }
  await bench.receiver.ask("close", "unordered");
  return figures;
}

function figure(name: string, flow: Flow, offered: number, target: number | null): Figure {
  const rates = `${plain(flow.receivedPerSecond)}/s received of ${plain(flow.acceptedPerSecond)}/s accepted`;
  const keepsPace = flow.behind <= offered * BEHIND_SECONDS;
  const verdict =
    target === null
      ? {}
      : { target: `≥ ${plain(target)}/s, in pace`, met: flow.receivedPerSecond >= target && keepsPace };
  return {
    name,
    measured: `${rates}, ${plain(flow.behind)} behind, p99 ${milliseconds(flow.latencyUs.p99)}`,
    ...verdict,
  };
}

/** Events of 100 keys, in order by key and in no order: two endpoints, in turns. */
async function byKey(bench: Bench, service: Service): Promise<Figure[]> {
  const count = bench.size === "quick" ? 1000 : 8000;
  const rounds = bench.size === "quick" ? 1 : 3;
  const received: Record<"none" | "key", number[]> = { none: [], key: [] };
  const orders = { none: "none", key: { by: "data.customer" } };
  const endpoints: { name: "none" | "key"; id: string }[] = [];
  for (const name of ["none", "key"] as const) {
    const port = await bench.receiver.ask("open", { name });
    const id = await service.client.endpoint(port, { order: orders[name], status: "disabled" });
    endpoints.push({ name, id });
  }
  // The first round is to warm up.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, id } of endpoints) {
      await service.client.call("PATCH", `/v1/endpoints/${id}`, { status: "enabled" });
      await bench.receiver.ask("reset", name);
      const load = loadOn(service, { events: count, batch: 100, connections: 4, customers: 100 });
      await bench.publisher.ask("run", load);
      const { firstAtUs, lastAtUs } = await allReceived(bench, name, count);
      if (round > 0) received[name].push(perSecond(count - 1, (lastAtUs - firstAtUs) / 1000));
      await service.client.call("PATCH", `/v1/endpoints/${id}`, { status: "disabled" });
    }
  }
  for (const { name } of endpoints) await bench.receiver.ask("close", name);
  const [ordered, unordered] = [meanOf(received.key), meanOf(received.none)];
  return [
    {
      name: "order by 100 keys, from batches",
      measured: `${plain(ordered)}/s (${plain((100 * ordered) / unordered)} % of unordered)`,
      bare: `${plain(unordered)}/s unordered`,
      target: `≥ ${TARGET_BY_KEY_SHARE * 100} % of unordered`,
      met: ordered >= TARGET_BY_KEY_SHARE * unordered,
    },
  ];
}

/** One at a time: the service's drain of a queue beside a loop of fetches in one object, in turns. */
async function inOrder(bench: Bench, service: Service): Promise<Figure[]> {
  const count = bench.size === "quick" ? 500 : 4000;
  const rounds = bench.size === "quick" ? 1 : 3;
  const bare = await startBare("bare", bench.scratch);
  try {
    const port = await bench.receiver.ask("open", { name: "ordered" });
    const id = await service.client.endpoint(port, { serialize: true });
    const drained: number[] = [];
    const looped: number[] = [];
    const recorded: number[] = [];
    // The first round is to warm up.
    for (let round = 0; round <= rounds; round++) {
      const loop = await loopOnce(bench, bare.url, port, count, false);
      const loopWithRecords = await loopOnce(bench, bare.url, port, count, true);
      const drain = await drainOnce(bench, service, id, count);
      if (round === 0) continue;
      looped.push(loop);
      recorded.push(loopWithRecords);
      drained.push(drain);
    }
    const [ours, theirs, withRecords] = [meanOf(drained), meanOf(looped), meanOf(recorded)];
    return [
      {
        name: "one at a time (serialize)",
        measured: `${plain(ours)}/s (${plain((100 * ours) / theirs)} %)`,
        bare: `${plain(theirs)}/s`,
      },
      {
        name: "… beside a loop that inserts a row after each answer",
        measured: `${plain(ours)}/s (${plain((100 * ours) / withRecords)} %)`,
        bare: `${plain(withRecords)}/s`,
        target: `≥ ${TARGET_SERIAL_SHARE * 100} % of bare`,
        met: ours >= TARGET_SERIAL_SHARE * withRecords,
      },
    ];
  } finally {
    await bench.receiver.ask("close", "ordered");
    await bare.stop();
  }
}

async function loopOnce(
  bench: Bench,
  url: string,
  port: number,
  count: number,
  records: boolean,
): Promise<number> {
  await bench.receiver.ask("reset", "ordered");
  const startedAt = nowUs();
  await runLoop(url, port, count, records);
  return perSecond(count, (nowUs() - startedAt) / 1000);
}

/** Fills the endpoint while it is paused, so that only its drain is measured. */
async function drainOnce(bench: Bench, service: Service, id: string, count: number): Promise<number> {
  await bench.receiver.ask("reset", "ordered");
  await service.client.call("PATCH", `/v1/endpoints/${id}`, { status: "paused" });
  await bench.publisher.ask("run", loadOn(service, { events: count, batch: 100, connections: 4 }));
  await service.client.call("PATCH", `/v1/endpoints/${id}`, { status: "enabled" });
  const { firstAtUs, lastAtUs } = await allReceived(bench, "ordered", count);
  return perSecond(count - 1, (lastAtUs - firstAtUs) / 1000);
}
