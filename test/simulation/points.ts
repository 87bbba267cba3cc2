import { WITH_ARTICLE } from "./faults.ts";

/*
 * The dangerous points by name: faults, each with its place, and what must have been done for a run to say anything. Each
 * of them is reached by 100 seeds, the rarest by 1,000.
 */

const KINDS = ["log", "endpoint"] as const;

/** Durable steps, by the names of steps.ts. */
const STEPS = {
  log: ["accept", "archive", "lag", "replay job", "subscription"],
  endpoint: ["settle", "enqueue", "record", "replay", "counts", "configuration", "lease"],
};

const CALLS = [
  ...["log.append", "log.appendOperational", "log.subscribe", "log.createReplays", "log.listEvents"],
  ...["endpoint.take", "endpoint.configure", "endpoint.replay", "endpoint.selectReplays"],
  ...["endpoint.replayStep", "endpoint.listDeliveries", "endpoint.wake"],
  ...["endpoint.pull", "endpoint.acknowledge"],
];

/** What logs do that are several, and how they are asked for what each of them has. */
const STEPS_OF_SEVERAL_LOGS = ["claim", "stage passed", "note of a replay"];
const CALLS_OF_SEVERAL_LOGS = [
  ...["claim", "closeFor", "openFor", "isHandedOver", "findAccepted", "scanForReplay", "logCount"],
  "isSettled",
];

/**
 * Faults that chance lets happen; a seed leans on one of them, by its place. So what is new comes at the end: the seeds before it
 * stay the histories that they were.
 */
const FAULTS: readonly string[] = [
  ...KINDS.flatMap((kind) => [
    ...STEPS[kind].flatMap((step) => [`reset before ${kind} ${step}`, `reset after ${kind} ${step}`]),
    ...["late", "lost", "twice"].map((how) => `alarm of ${WITH_ARTICLE[kind]} ${how}`),
    ...[`two lives of ${WITH_ARTICLE[kind]}`, `disk full in ${kind}`],
    ...["call", "answer", "commit"].map((what) => `slow ${what} of ${WITH_ARTICLE[kind]}`),
  ]),
  ...["log accept", "log archive", "endpoint settle", "endpoint enqueue", "endpoint record"].map(
    (step) => `reset at a write of ${step}`,
  ),
  ...CALLS.flatMap((call) => [`lost before ${call}`, `lost after ${call}`]),
  ...["put", "get"].flatMap((method) => [`R2 fails before ${method}`, `R2 fails after ${method}`]),
  ...["D1 fails before a query", "D1 fails after a query", "slow D1", "slow R2"],
  ...["request to the API lost", "answer of the API lost"],
  ...["open", "send"].flatMap((call) => [`lost before sender.${call}`, `lost after sender.${call}`]),
  "reset of a sender that is to send",
  ...STEPS_OF_SEVERAL_LOGS.flatMap((step) => [`reset before log ${step}`, `reset after log ${step}`]),
  ...CALLS_OF_SEVERAL_LOGS.flatMap((call) => [`lost before log.${call}`, `lost after log.${call}`]),
];

const DEEDS: readonly string[] = [
  ...[
    "publish",
    "create",
    "change",
    "rotate",
    "delete",
    "test",
    "retry",
    "cancel",
    "retry one",
    "cancel one",
    "retry key",
    "cancel key",
    "read",
    "pull",
  ],
  ...["replay delivery", "replay event", "replay job", "replay all", "revoke key", "delete other workspace"],
  ...["raise logs", "clock", "new code", "reset", "evict", "outage"],
].map((deed) => `action ${deed}`);

const MOODS: readonly string[] = [
  ...["well", "down", "flapping", "hanging", "resetting", "slow", "dripping", "huge", "busy", "gone"],
  "redirecting",
  "poisoned",
].map((mood) => `receiver ${mood}`);

const OTHERS = [
  ...KINDS.flatMap((kind) => [`evicted ${kind}`, `${kind} starts anew`]),
  ...["endpoint out of reach", "call log.erase", "call endpoint.erase", "new code on an old disk"],
  "upgrade of what a released version left",
];

/**
 * So rare, even where seeds lean on them, that a change of the code may leave 100 seeds without: they are asked of more. How many
 * logs there are is asked of a log only where D1 fails.
 */
const RARE =
  /createReplays|listEvents|logCount|endpoint[. ](?:lease|replay)$|endpoint\.wake|log (?:claim|stage passed|note of a replay)$/;

const SEEDS_THAT_REACH_MOST = 100;
const SEEDS_THAT_REACH_ALL = 1000;

const POINTS: readonly string[] = [...FAULTS, ...DEEDS, ...MOODS, ...OTHERS];

/** The points that so many seeds should have reached, and did not. */
export function neverReached(reached: ReadonlyMap<string, number>, seeds: number): string[] {
  if (seeds < SEEDS_THAT_REACH_MOST) return [];
  const missing = POINTS.filter((point) => !reached.has(point));
  return seeds < SEEDS_THAT_REACH_ALL ? missing.filter((point) => !RARE.test(point)) : missing;
}

/**
 * The fault that a seed leans on: there it is likely, however rare elsewhere. Each round begins one later: what can happen only
 * where a workspace has several logs, every fourth seed, does not meet others alone in each round.
 */
export function leaningOf(seed: number): string | null {
  const round = Math.floor(seed / FAULTS.length);
  return FAULTS[(seed + round) % FAULTS.length] ?? null;
}
