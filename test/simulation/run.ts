import { act } from "./deeds.ts";
import { STORMY } from "./faults.ts";
import type { Plan } from "./plan.ts";
import { type PlannedEndpoint, SPAN_MS } from "./planned-endpoint.ts";
import { Play } from "./play.ts";
import { leaningOf } from "./points.ts";
import { pullAll } from "./puller.ts";
import { UPGRADED_AT_MS } from "./released.ts";
import { Service } from "./simulated-service.ts";
import { takeStrayErrors } from "./stray-errors.ts";
import { judge, type Verdict } from "./verdict/index.ts";
import { livingEndpoints } from "./verdict/read-back.ts";
import type { Violation } from "./verdict/violation.ts";
import type { Note } from "./world.ts";

/** How long what people began may take while everything is at fault. */
const STORM_MS = 3 * SPAN_MS;

/** Beyond the longest delay of a schedule: cron's help for a lost alarm, and rates. */
const DRAIN_SLACK_MS = 15 * 60_000;

/** How long hand-over to an endpoint may rest that failed: events that are still to be handed to it are pending nowhere. */
const HAND_OVER_REST_MS = 70_000;

/** A while in which nothing happens any more; and how often an object may wake meanwhile, for its chores. */
const REST_MS = 20 * 60_000;
const ALARMS_AT_REST = 12;

/**
 * What lone events may cost in alarms where they are billed: of the log for each event, of endpoints for each attempt that is no
 * retry, and of all of them for each attempt.
 */
const ALARMS = { log: 0.1, endpoint: 0.2, all: 0.3 };

/** What D1 is told of what goes well is told five safety nets later; an hour, with some room. */
const TOLD_LATE_MS = 65 * 60_000;

/** Much more work than plans make: something goes round in circles. */
const MOST_ALARMS = 6000;

export interface Run {
  plan: Plan;
  verdict: Verdict;
  trace: number;
  elapsedMs: number;
  history: readonly Note[];
  reached: ReadonlyMap<string, number>;
  /** Each fault that happened, by its place. */
  faults: readonly string[];
  crashes: number;
  alarmsSet: number;
}

/** Plays a plan in a storm of faults, then in calm weather until all has ended, and judges. */
export async function simulate(plan: Plan, only: ReadonlySet<string> | null = null): Promise<Run> {
  const leansOn = leaningOf(plan.seed);
  const service = await Service.start(plan, leansOn, only);
  const { world, faults } = service;
  const play = new Play(service, plan, act);
  const storm = () => {
    if (!plan.isCalm) faults.begin(STORMY);
  };
  // What a released version does not keep in a storm is not ours to mend: its disks are.
  if (plan.released) world.in(UPGRADED_AT_MS, () => void service.upgrade().then(storm));
  else storm();
  const broken: Violation[] = [];
  let verdict: Verdict = { attempts: 0, repeats: 0, violations: [] };
  try {
    play.start();
    await world.run(STORM_MS, () => play.isDone && play.isStarted && world.elapsedMs > SPAN_MS * 1.5);
    faults.end();
    service.receivers.everybodyIsWell();
    let isOver = false;
    let failure: unknown = null;
    ending(play, broken)
      .then((judged) => {
        verdict = judged;
      })
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => {
        isOver = true;
      });
    await world.run(48 * 3_600_000, () => isOver);
    if (failure !== null) throw failure;
    if (!isOver) throw new Error("the run came to no end: something waits for ever");
  } catch (error) {
    broken.push({
      kind: "liveness",
      text: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    verdict = { ...verdict, attempts: service.receivers.arrivals.length };
  }
  const slots = [...service.logs.slots.values(), ...service.endpoints.slots.values()];
  const alarmsSet = slots.reduce((sum, { disk }) => sum + disk.alarmsSet, 0);
  if (plan.isBilled) broken.push(...tooDear(play));
  broken.push(...takeStrayErrors().map((text): Violation => ({ kind: "uncaught", text })));
  return {
    ...{ plan, verdict: { ...verdict, violations: [...broken, ...verdict.violations] } },
    ...{ trace: world.trace, elapsedMs: world.elapsedMs, history: world.history },
    ...{ reached: faults.reached, faults: faults.happened },
    crashes: [...slots, ...service.senders.slots.values()].reduce(
      (sum, { resets }) => sum + resets.length,
      0,
    ),
    alarmsSet,
  };
}

/** Each alarm that is set is a row written. A retry wants one of its own, if it waits for longer than a timer may. */
function tooDear({ service, publications }: Play): Violation[] {
  const alarmsOf = ({ slots }: typeof service.logs) =>
    [...slots.values()].reduce((sum, { disk }) => sum + disk.alarmsSet, 0);
  const { arrivals } = service.receivers;
  const retries = arrivals.filter(({ attempt }) => (attempt ?? 1) > 1).length;
  const perEvent = alarmsOf(service.logs) / publications.size;
  const perAttempt = (alarmsOf(service.endpoints) - retries) / (arrivals.length - retries);
  const inAll = (alarmsOf(service.logs) + alarmsOf(service.endpoints)) / arrivals.length;
  const found: string[] = [];
  if (inAll > ALARMS.all) found.push(`${inAll.toFixed(2)} alarms per attempt`);
  if (perEvent > ALARMS.log) found.push(`${perEvent.toFixed(2)} alarms of the log per event`);
  if (perAttempt > ALARMS.endpoint)
    found.push(`${perAttempt.toFixed(2)} alarms of endpoints per attempt, beside one for each retry`);
  return found.map((text) => ({ kind: "price", text }));
}

async function ending(play: Play, broken: Violation[]): Promise<Verdict> {
  const { service } = play;
  while (!play.isDone) await service.world.sleep(1000);
  for (const [endpoint, { key }] of livingEndpoints(play)) {
    const path = `/v1/endpoints/${endpoint.id}`;
    const answered = endpoint.change({ status: "enabled" }, service.world.elapsedMs);
    await play.client.insist({ method: "PATCH", path, key, body: { status: "enabled" }, until: [200] });
    answered(service.world.elapsedMs);
  }
  await service.world.sleep(HAND_OVER_REST_MS);
  if (!(await isDrained(play)))
    broken.push({ kind: "liveness", text: "what was pending did not end within its schedule" });
  broken.push(...(await atRest(play)));
  if (play.plan.isBilled) await service.world.sleep(TOLD_LATE_MS);
  return judge(play);
}

/** Waits until nothing is pending anywhere; false if that takes longer than the schedules say. */
async function isDrained(play: Play): Promise<boolean> {
  const { world } = play.service;
  const created = play.plan.actions.flatMap((action) => (action.kind === "create" ? [action.made] : []));
  const planned: PlannedEndpoint[] = [...play.plan.endpoints, ...created];
  const delays = planned.flatMap(({ settings }) => settings.retry.delays);
  const until = world.elapsedMs + Math.max(...delays, 0) * 1000 + jumpMs(play.plan) + DRAIN_SLACK_MS;
  for (let waitMs = 1000; ; waitMs = Math.min(2 * waitMs, 60_000)) {
    await pullAll(play);
    let pending = 0;
    for (const [endpoint, { key }] of livingEndpoints(play)) {
      const path = `/v1/endpoints/${endpoint.id}/deliveries?status=pending&limit=1`;
      const { body } = await play.client.insist({ method: "GET", path, key, until: [200] });
      pending += (body.data as unknown[]).length;
    }
    const jobs = await play.client.list<{ state: string }>("/v1/replays", play.main.key);
    pending += jobs.filter(({ state }) => state === "running").length;
    if (pending === 0 && waitMs > 10_000) return true;
    if (world.elapsedMs > until) return pending === 0;
    await world.sleep(waitMs);
  }
}

/** By how much the clock was set at most: what was put off while it was an hour ahead comes an hour later. */
function jumpMs({ actions }: Plan): number {
  return Math.max(0, ...actions.map((action) => (action.kind === "clock" ? Math.abs(action.byMs) : 0)));
}

/** Nothing is left to do: objects sleep, nothing is sent, no memory is held, what was deleted is gone. */
async function atRest(play: Play): Promise<Violation[]> {
  const { service } = play;
  await service.world.sleep(jumpMs(play.plan));
  const slots = [...service.logs.slots.values(), ...service.endpoints.slots.values()];
  const rungBefore = slots.map(({ alarmsRung }) => alarmsRung);
  const sentBefore = service.receivers.arrivals.length;
  await service.world.sleep(REST_MS);
  const found: Violation[] = [];
  for (const [index, { name, alarmsRung }] of slots.entries()) {
    const rung = alarmsRung - (rungBefore[index] ?? 0);
    if (rung > ALARMS_AT_REST)
      found.push({ kind: "liveness", text: `${name} woke ${rung} times though nothing was to do` });
    if (alarmsRung > MOST_ALARMS) found.push({ kind: "liveness", text: `${name} woke ${alarmsRung} times` });
  }
  const sent = service.receivers.arrivals.slice(sentBefore).filter(({ n }) => n !== null);
  if (sent.length > 0)
    found.push({ kind: "liveness", text: `${sent.length} attempts were made after all had ended` });
  await openLostSenders(play);
  if (service.heldBytes > 0)
    found.push({
      kind: "memory",
      text: `${service.heldBytes} bytes count as held though nothing is under way`,
    });
  if (play.otherDeletedAt !== null && service.archive.keys.some((key) => key.startsWith(play.other.id)))
    found.push({ kind: "isolation", text: "a deleted workspace's events are in R2" });
  for (const { name, disk } of slots) {
    const isGone = name === play.other.id || name === play.otherEndpoint?.id;
    if (isGone && play.otherDeletedAt !== null && disk.dump().includes('"of"'))
      found.push({ kind: "isolation", text: `a deleted workspace's events are on the disk of ${name}` });
  }
  return found;
}

/** A sender that was lost gives nothing back until its endpoint needs it again, and begins anew. */
async function openLostSenders({ service, main }: Play): Promise<void> {
  const { binding, slots } = service.senders;
  for (const { name, life } of slots.values()) {
    const { open } = binding.getByName(name) as unknown as { open(workspaceId: string): Promise<unknown> };
    if (life === null) await open(main.id);
  }
}
