import type { IdempotentRequest } from "../domain/idempotency.ts";
import type {
  CancelAllAnswer,
  CancelSelection,
  RetryAnswer,
  SweepAnswer,
  SweepReport,
} from "../domain/messages.ts";
import { sweepOf01 } from "../domain/older-sweeps.ts";
import type { Env } from "../env.ts";
import { platform } from "../platform.ts";
import { isMethodMissing } from "./object-errors.ts";
import { endpointOf } from "./objects.ts";

/*
 * Retries and cancels of many where the endpoint's object still runs version 0.1, as it may for as long as a deploy
 * takes: that one has other methods for them. It does what it is asked; only how far it is it cannot tell.
 */

/** Makes every delivery of an endpoint that waits for a retry due now. */
export function retryMany(env: Env, endpointId: string, request?: IdempotentRequest): Promise<SweepAnswer> {
  return orAs01(
    () => endpointOf(env, endpointId).retryMany(request),
    async () => sweptBy01("retry", await endpointOf(env, endpointId).retryAll(request)),
  );
}

/** Cancels the pending deliveries of a selection. */
export function cancelMany(
  env: Env,
  endpointId: string,
  selection: CancelSelection,
  request?: IdempotentRequest,
): Promise<SweepAnswer> {
  return orAs01(
    () => endpointOf(env, endpointId).cancelMany(selection, request),
    async () => sweptBy01("cancel", await endpointOf(env, endpointId).cancelAll(selection, request)),
  );
}

async function orAs01<Answer>(call: () => Promise<Answer>, older: () => Promise<Answer>): Promise<Answer> {
  try {
    return await call();
  } catch (error) {
    if (!isMethodMissing(error)) throw error;
    return older();
  }
}

function sweptBy01(action: SweepReport["action"], answer: RetryAnswer | CancelAllAnswer): SweepAnswer {
  switch (answer.outcome) {
    case "due":
    case "canceling":
      return {
        outcome: "sweeping",
        sweep: sweepOf01(action, platform.nowMs()),
        isRepeated: answer.isRepeated,
      };
    case "key_conflict":
      return answer;
    case "paused":
    case "disabled":
      return { outcome: answer.outcome };
    default:
      return { outcome: "unknown" };
  }
}
