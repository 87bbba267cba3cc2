import { Chance } from "./chance.ts";
import { CALM, STORMY } from "./faults.ts";
import { type Plan, type PlanSize, planOf } from "./plan.ts";
import { Play } from "./play.ts";
import { SimulatedService } from "./simulated-service.ts";
import { judge, type Verdict } from "./verdict.ts";

const SIZE: PlanSize = { events: 150, resets: 25, spanMs: 20 * 60_000 };

/** How long after the last fault everything must have ended: a schedule of eight hours, and cron's help. */
const DRAIN_MS = 24 * 3_600_000;

export interface Run {
  plan: Plan;
  verdict: Verdict;
  trace: number;
  elapsedMs: number;
  history: readonly { at: number; what: string }[];
  reached: ReadonlyMap<string, number>;
  setAlarms: number;
}

export function planFor(seed: number): Plan {
  return planOf(seed, new Chance(seed).fork("plan"), SIZE);
}

/** Plays a plan in a storm of faults, then in calm weather until all has ended, and judges. */
export async function simulate(plan: Plan): Promise<Run> {
  const service = new SimulatedService(plan.seed);
  const { world, faults, receivers } = service;
  const play = new Play(service, plan);
  faults.rates = STORMY;
  play.start();
  await world.run(world.now + SIZE.spanMs * 2, () => play.isDone && world.elapsedMs > SIZE.spanMs);
  faults.rates = CALM;
  receivers.everybodyIsWell();
  let verdict: Verdict | null = null;
  let failure: unknown = null;
  const end = async (): Promise<void> => {
    while (!play.isDone) await world.sleep(1000);
    for (const endpoint of play.endpoints) {
      if (endpoint.deletedAt !== null) continue;
      await service.request("PATCH", `/v1/endpoints/${endpoint.id}`, play.key, { status: "enabled" });
    }
    await drained(play);
    verdict = await judge(play);
  };
  end().catch((error: unknown) => {
    failure = error ?? new Error("unknown");
  });
  await world.run(world.now + 2 * DRAIN_MS, () => verdict !== null || failure !== null);
  if (failure !== null) throw failure;
  if (verdict === null) throw new Error("the run came to no end: something waits for ever");
  let setAlarms = 0;
  for (const namespace of [service.logs, service.endpoints])
    for (const { disk } of namespace.slots.values()) setAlarms += disk.alarmsSet;
  return {
    ...{ plan, verdict, setAlarms },
    ...{ trace: world.trace, elapsedMs: world.elapsedMs, history: world.history, reached: faults.reached },
  };
}

/** Until nothing is pending anywhere, or the time is over. */
async function drained(play: Play): Promise<void> {
  const { service } = play;
  const until = service.world.now + DRAIN_MS;
  while (service.world.now < until) {
    let pending = 0;
    for (const endpoint of play.endpoints) {
      if (endpoint.deletedAt !== null) continue;
      const path = `/v1/endpoints/${endpoint.id}/deliveries?status=pending&limit=1`;
      const answer = await service.request("GET", path, play.key);
      pending += ((answer?.body.data ?? [null]) as unknown[]).length;
    }
    await service.world.sleep(pending === 0 ? 120_000 : 30_000);
    if (pending === 0) return;
  }
}
