import { nameOf, type SeenAttempt } from "./attempt.ts";

export interface Order {
  /** No delivery is canceled, and none dies: each sequence comes to its success before the next begins. */
  endsInSuccess: boolean;
  /** A timer may fire a little early. */
  slackMs: number;
}

/**
 * Promise 3: with `serialize` there is one attempt at a time, and none of an earlier sequence. A new life may repeat the last
 * attempt of the life before.
 */
export function orderViolations(
  attempts: readonly SeenAttempt[],
  { endsInSuccess, slackMs }: Order,
): string[] {
  const found: string[] = [];
  const sorted = [...attempts].sort((a, b) => a.life - b.life || a.startedAt - b.startedAt);
  let before: SeenAttempt | null = null;
  let success = { sequence: 0, life: 0 };
  for (const attempt of sorted) {
    const sequence = attempt.sequence ?? 0;
    const isRepeat = sequence === success.sequence && attempt.life > success.life;
    if (sequence < (before?.sequence ?? 0))
      found.push(`${nameOf(attempt)} came after sequence ${before?.sequence}`);
    if (sequence === success.sequence && !isRepeat)
      found.push(`${nameOf(attempt)} came after its success, without a crash`);
    else if (endsInSuccess && !isRepeat && sequence !== success.sequence + 1)
      found.push(`${nameOf(attempt)} came after the success of sequence ${success.sequence}`);
    if (
      before?.life === attempt.life &&
      attempt.startedAt < (before.endedAt ?? Number.POSITIVE_INFINITY) - slackMs
    )
      found.push(`${nameOf(attempt)} came before the attempt before it was answered`);
    if (attempt.isSuccess) success = { sequence, life: attempt.life };
    before = attempt;
  }
  return found;
}
