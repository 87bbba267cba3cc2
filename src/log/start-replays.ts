import type { IdempotentRequest } from "../domain/idempotency.ts";
import type {
  CreateReplayAnswer,
  CreateReplayBatchAnswer,
  ReplayBatch,
  ReplayJob,
  ReplaySelection,
} from "../domain/replay-messages.ts";
import type { LogParts } from "./parts.ts";

/** How long a replay that only counts is waited for. */
const DRY_RUN_WAIT_MS = 1500;

type Parts = Pick<LogParts, "kept" | "replays" | "subscriptions">;

/**
 * Starts a replay job for an endpoint, and keeps the answer in the same transaction; `unknown`: no such endpoint here.
 * One that only counts is waited for a little.
 */
export async function startReplay(
  { kept, replays, subscriptions }: Parts,
  endpointId: string,
  selection: ReplaySelection,
  isDryRun: boolean,
  request: IdempotentRequest | undefined,
): Promise<CreateReplayAnswer> {
  const now = Date.now();
  const first = kept.find<ReplayJob>(request, now);
  if (first.outcome === "key_conflict") return first;
  if (first.outcome === "repeated") return { outcome: "created", job: first.answer, isRepeated: true };
  const number = subscriptions.numberOf(endpointId);
  if (number === null) return { outcome: "unknown" };
  if (replays.isFull) return { outcome: "too_many" };
  const job = replays.create(number, selection, { isDryRun });
  kept.keep(request, job, now);
  if (!isDryRun) return { outcome: "created", job };
  await replays.ended(job.id, DRY_RUN_WAIT_MS);
  const counted = replays.find(number, job.id) ?? job;
  kept.keep(request, counted, now);
  return { outcome: "created", job: counted };
}

/**
 * Starts a replay to some endpoints, null = to all that are enabled, and keeps the answer in the same transaction. One
 * that only counts is waited for a little: of few endpoints the answer has the counts.
 */
export async function startReplays(
  { kept, replays, subscriptions }: Parts,
  endpointIds: string[] | null,
  selection: ReplaySelection,
  isDryRun: boolean,
  request: IdempotentRequest | undefined,
): Promise<CreateReplayBatchAnswer> {
  const first = kept.find<ReplayBatch>(request, Date.now());
  if (first.outcome === "key_conflict") return first;
  if (first.outcome === "repeated") return { outcome: "created", batch: first.answer, isRepeated: true };
  const numbers = endpointIds?.flatMap((id) => subscriptions.numberOf(id) ?? []) ?? null;
  if (numbers !== null && numbers.length !== endpointIds?.length) return { outcome: "unknown" };
  if (replays.batches.isFull) return { outcome: "too_many" };
  const { id } = replays.batches.create(selection, numbers, isDryRun);
  const answered = () => {
    const batch = replays.batches.find(id) as ReplayBatch;
    kept.keep(request, batch, Date.now());
    return batch;
  };
  const batch = answered();
  if (!isDryRun) return { outcome: "created", batch };
  await replays.batches.ended(id, DRY_RUN_WAIT_MS);
  return { outcome: "created", batch: answered() };
}
