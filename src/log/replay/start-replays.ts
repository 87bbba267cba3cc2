import type { IdempotentRequest } from "../../domain/idempotency.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  ReplayBatch,
  ReplayJob,
  ReplaySelection,
} from "../../domain/replay-messages.ts";
import { answerOnce, keepAnswer } from "../../idempotency/objects.ts";
import type { AlarmedStorage } from "../../storage/wake-up.ts";
import type { SubscriptionStore } from "../store/subscription-store.ts";
import type { ReplayJobs } from "./replay-jobs.ts";
import { isFullOfBatches, isFullOfJobs } from "./replay-limits.ts";
import { replayBatchShape, replayJobShape } from "./replay-shapes.ts";

/** How long a replay that only counts is waited for. */
const DRY_RUN_WAIT_MS = 1500;

/** What replays are started with. */
export interface StartPort {
  storage: AlarmedStorage;
  replays: ReplayJobs;
  subscriptions: SubscriptionStore;
  nowMs(): number;
}

type Refused = { outcome: "unknown" | "too_many" };

/**
 * Starts a replay job for an endpoint, once; `unknown`: no such endpoint here. One that only counts is waited for a little.
 * @param startedBy the part of the endpoints whose portal sessions ask for it; null = who reaches the whole workspace
 */
export async function startReplay(
  { storage, replays, subscriptions, nowMs }: StartPort,
  endpointId: string,
  selection: ReplaySelection,
  isDryRun: boolean,
  startedBy: string | null,
  request: IdempotentRequest | undefined,
): Promise<CreateReplayAnswer> {
  const startedAt = nowMs();
  const once = answerOnce<ReplayJob, Refused>(storage, replayJobShape, request, startedAt, () => {
    const number = subscriptions.numberOf(endpointId);
    if (number === null) return { tell: { outcome: "unknown" } };
    if (isFullOfJobs(storage.sql, startedBy)) return { tell: { outcome: "too_many" } };
    return { keep: replays.create(number, selection, { isDryRun, startedBy }) };
  });
  if (once.outcome === "key_conflict") return once;
  if (once.outcome === "told") return once.told;
  const { answer: job, isRepeated } = once;
  if (isRepeated) return { outcome: "created", job, isRepeated };
  if (!isDryRun) return { outcome: "created", job };
  await replays.awaitEnd(job.id, DRY_RUN_WAIT_MS);
  const counted = replays.find(endpointId, job.id) ?? job;
  keepAnswer(storage.sql, replayJobShape, request, counted, startedAt);
  return { outcome: "created", job: counted };
}

/**
 * Starts a replay to some endpoints, null = to all that are enabled, once. One that only counts is waited for a little: of
 * few endpoints the answer has the counts.
 */
export async function startReplays(
  { storage, replays, subscriptions, nowMs }: StartPort,
  endpointIds: string[] | null,
  selection: ReplaySelection,
  isDryRun: boolean,
  startedBy: string | null,
  request: IdempotentRequest | undefined,
): Promise<CreateReplayBatchAnswer> {
  const once = answerOnce<ReplayBatch, Refused>(storage, replayBatchShape, request, nowMs(), () => {
    const numbers = endpointIds?.flatMap((id) => subscriptions.numberOf(id) ?? []) ?? null;
    if (numbers !== null && numbers.length !== endpointIds?.length) return { tell: { outcome: "unknown" } };
    if (isFullOfBatches(storage.sql, startedBy)) return { tell: { outcome: "too_many" } };
    return { keep: replays.batches.create(selection, numbers, isDryRun, startedBy) };
  });
  if (once.outcome === "key_conflict") return once;
  if (once.outcome === "told") return once.told;
  const { answer: batch, isRepeated } = once;
  if (isRepeated) return { outcome: "created", batch, isRepeated };
  if (!isDryRun) return { outcome: "created", batch };
  await replays.batches.awaitEnd(batch.id, DRY_RUN_WAIT_MS);
  const counted = replays.batches.find(batch.id) ?? batch;
  keepAnswer(storage.sql, replayBatchShape, request, counted, nowMs());
  return { outcome: "created", batch: counted };
}
