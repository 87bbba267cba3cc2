import { runLoop } from "../bare/loop.ts";
import { startBare } from "../bare/server.ts";
import { nowUs, sleep } from "../clock.ts";
import { type Figure, perSecond, plain } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { meanOf } from "../percentiles.ts";
import { cpuMsOf } from "../process-usage.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

const TOKEN = "operator-of-the-bench-0123456789abcdef";

/** By when what came of an event is stored. */
const SETTLED_MS = 3000;

const LONE_EVENTS = 10;
const FAN_OUT = 20;
const BATCH = 500;
const TARGET_LONE = 2;
const TARGET_BATCH = 10;

/** The default policy beside a loop that has one request under way. */
const TARGET_SHARE_OF_LOOP = 0.9;

/** What is in flight, by policy, and how many times the CPU of the bare loop it may take; serialize: milliseconds. */
const WAYS: { name: string; policy: object; times?: number; ms?: number }[] = [
  { name: "6 in flight", policy: { max_in_flight: 6 }, times: 1.7 },
  { name: "32 in flight, the default", policy: {}, times: 1.4 },
  { name: "64 in flight", policy: { max_in_flight: 64 }, times: 1.4 },
  { name: "one at a time (serialize)", policy: { serialize: true }, ms: 0.8 },
];

/** What one delivery costs: transactions that reach the disk, and CPU of workerd beside a loop of requests that does nothing else. */
export async function engine(bench: Bench): Promise<Figure[]> {
  const settings = { ADMIN_TOKEN: TOKEN };
  return [
    ...(await bench.withService((service) => commits(bench, service), { settings })),
    ...(await bench.withService((service) => cpuBesideLoop(bench, service))),
  ];
}

async function commits(bench: Bench, service: Service): Promise<Figure[]> {
  const port = await bench.receiver.ask("open", { name: "commits", countsAll: true });
  const one = ["engine.one"];
  await service.client.endpoint(port, { types: one });
  for (let n = 0; n < FAN_OUT; n++) await service.client.endpoint(port, { types: ["engine.all"] });
  const count = async (type: string, batch: number | null) => {
    await bench.publisher.ask("run", loadOn(service, { events: batch ?? 1, batch, connections: 1, type }));
    await sleep(SETTLED_MS);
  };
  // The objects are made by their first event.
  for (const type of ["engine.one", "engine.all"]) await count(type, null);
  const measured = async (act: () => Promise<void>) => {
    const before = await commitsOf(service);
    await act();
    return (await commitsOf(service)) - before;
  };
  const lone = await measured(async () => {
    for (let n = 0; n < LONE_EVENTS; n++) await count("engine.one", null);
  });
  const fanOut = await measured(() => count("engine.all", null));
  const batch = await measured(() => count("engine.one", BATCH));
  await bench.receiver.ask("close", "commits");
  const figure = (name: string, commits: number, target: number): Figure => ({
    name: `commits ${name}`,
    measured: plain(commits),
    target: `≤ ${target}`,
    met: commits <= target,
  });
  return [
    figure("of a lone event", lone / LONE_EVENTS, TARGET_LONE),
    figure(`of one event to ${FAN_OUT} endpoints`, fanOut, FAN_OUT + 1),
    figure(`of a batch of ${BATCH} to one endpoint`, batch, TARGET_BATCH),
  ];
}

async function commitsOf({ client }: Service): Promise<number> {
  const response = await fetch(`${client.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const line = /^atlas_commits_total (\d+)$/m.exec(await response.text());
  if (line === null) throw new Error(`/metrics does not tell commits: ${response.status}`);
  return Number(line[1]);
}

interface Round {
  perSecond: number;
  /** CPU of workerd for each request that was received; null where the system does not tell. */
  cpuMs: number | null;
}

async function cpuBesideLoop(bench: Bench, service: Service): Promise<Figure[]> {
  const events = bench.size === "quick" ? 1000 : 6000;
  const rounds = bench.size === "quick" ? 1 : 3;
  const bare = await startBare("bare", bench.scratch);
  const port = await bench.receiver.ask("open", { name: "engine" });
  try {
    const ids = new Map<string, string>();
    for (const { name, policy } of WAYS)
      ids.set(name, await service.client.endpoint(port, { ...policy, status: "disabled" }));
    const loops: Round[] = [];
    const ours = new Map<string, Round[]>(WAYS.map(({ name }) => [name, []]));
    // The first round is to warm up.
    for (let round = 0; round <= rounds; round++) {
      const loop = await measure(bench, bare.pid, events, () => runLoop(bare.url, port, events));
      if (round > 0) loops.push(loop);
      for (const { name } of WAYS) {
        const path = `/v1/endpoints/${ids.get(name)}`;
        await service.client.call("PATCH", path, { status: "enabled" });
        const load = loadOn(service, { events, batch: 100, connections: 4 });
        const one = await measure(bench, service.pid, events, () => bench.publisher.ask("run", load));
        if (round > 0) ours.get(name)?.push(one);
        await service.client.call("PATCH", path, { status: "disabled" });
      }
    }
    return figures(loops, ours);
  } finally {
    await bench.receiver.ask("close", "engine");
    await bare.stop();
  }
}

function figures(loops: Round[], ours: ReadonlyMap<string, Round[]>): Figure[] {
  const rate = (rounds: Round[]) => meanOf(rounds.map((round) => round.perSecond));
  const cpu = (rounds: Round[]) => meanOf(rounds.map(({ cpuMs }) => cpuMs ?? Number.NaN));
  const found: Figure[] = [];
  for (const { name, times, ms } of WAYS) {
    const mine = ours.get(name) ?? [];
    const measured = cpu(mine);
    if (Number.isNaN(measured)) continue;
    const ratio = measured / cpu(loops);
    found.push({
      name: `CPU per event, accepted in batches and delivered, ${name}`,
      measured: `${plain(measured)} ms (${plain(ratio)} × bare)`,
      bare: `${plain(cpu(loops))} ms`,
      target: times === undefined ? `≤ ${ms} ms` : `≤ ${times} ×`,
      met: times === undefined ? measured <= (ms ?? 0) : ratio <= times,
    });
  }
  const byDefault = rate(ours.get("32 in flight, the default") ?? []);
  return [
    ...found,
    {
      name: "one endpoint as it is made by default, from batches",
      measured: `${plain(byDefault)}/s (${plain(byDefault / rate(loops))} × bare)`,
      bare: `${plain(rate(loops))}/s, one after the other`,
      target: `≥ ${TARGET_SHARE_OF_LOOP} ×`,
      met: byDefault >= TARGET_SHARE_OF_LOOP * rate(loops),
    },
  ];
}

async function measure(
  bench: Bench,
  pid: number,
  count: number,
  run: () => Promise<unknown>,
): Promise<Round> {
  await bench.receiver.ask("reset", "engine");
  const [startedAtUs, before] = [nowUs(), cpuMsOf(pid)];
  await run();
  const { lastAtUs } = await allReceived(bench, "engine", count);
  await sleep(500);
  const after = cpuMsOf(pid);
  return {
    perSecond: perSecond(count, (lastAtUs - startedAtUs) / 1000),
    cpuMs: before === null || after === null ? null : (after - before) / count,
  };
}
