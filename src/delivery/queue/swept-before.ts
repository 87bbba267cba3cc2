import type { CancelAllAnswer, RetryAnswer, SweepAnswer } from "../../domain/messages.ts";

/*
 * Sweeps' answers in the words of version 0.1, whose Workers may call newer objects for as long as a deploy takes. It
 * knows no limit of sweeps: where as many wait as may, it is told that something is under way, or nothing is there.
 */

export function retriedAs01(answer: SweepAnswer): RetryAnswer {
  if (answer.outcome === "sweeping") return { outcome: "due", isRepeated: answer.isRepeated ?? false };
  if (answer.outcome === "key_conflict") return answer;
  return { outcome: answer.outcome === "too_many" ? "in_flight" : answer.outcome };
}

export function canceledAs01(answer: SweepAnswer): CancelAllAnswer {
  if (answer.outcome === "sweeping") return { outcome: "canceling", isRepeated: answer.isRepeated ?? false };
  return answer.outcome === "key_conflict" ? answer : { outcome: "unknown" };
}
