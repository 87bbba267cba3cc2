import { readDelivery } from "../domain/delivery-shapes.ts";
import type { CancelAnswer, ReplayAnswer, RetryAnswer, SweepAnswer } from "../domain/messages.ts";
import { sweepOf01 } from "../domain/older-sweeps.ts";
import { always, fieldsOf, maybe, record, type Shape, shapeOf } from "../domain/stored.ts";
import { readSweepReport } from "./queue/stored-sweeps.ts";

/* How an endpoint keeps its first answers to requests with an Idempotency-Key. */

/** Outcomes of a request that did what was asked: only these are kept for its repetition. */
const DONE = ["enqueued", "due", "canceled", "sweeping"] as const;

/** What is kept of the answers of a kind. */
export type Kept<Answer> = Extract<Answer, { outcome: (typeof DONE)[number] }>;

export function isKept<Answer extends { outcome: string }>(answer: Answer): answer is Kept<Answer> {
  return (DONE as readonly string[]).includes(answer.outcome);
}

export const replayAnswerShape = shapeOf(
  record<Kept<ReplayAnswer>>({ outcome: always(), delivery: readDelivery, isRepeated: maybe() }),
);

export const retryAnswerShape = shapeOf(
  record<Kept<RetryAnswer>>({ outcome: always(), isRepeated: maybe() }),
);

export const cancelAnswerShape = shapeOf(
  record<Kept<CancelAnswer>>({ outcome: always(), delivery: readDelivery, isRepeated: maybe() }),
);

const readSweeping = record<Kept<SweepAnswer>>({
  outcome: always(),
  sweep: readSweepReport,
  isRepeated: maybe(),
});

/** What 0.1 kept of sweeps has other outcomes: which of the two it was, and no more. */
const ACTIONS_OF_01 = new Map<unknown, "retry" | "cancel">([
  ["due", "retry"],
  ["canceling", "cancel"],
]);

export function sweepAnswerShape(nowMs: number): Shape<Kept<SweepAnswer>> {
  return shapeOf((value) => {
    const action = ACTIONS_OF_01.get(fieldsOf(value).outcome);
    return action === undefined
      ? readSweeping(value)
      : { outcome: "sweeping", sweep: sweepOf01(action, nowMs) };
  });
}
