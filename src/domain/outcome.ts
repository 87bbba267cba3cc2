/** The part of a union of answers that has an outcome. */
export type WithOutcome<Answer extends { outcome: string }, Outcome> = Answer extends { outcome: infer Own }
  ? Outcome extends Own
    ? Answer
    : never
  : never;

/** An object answered what its caller has no rule for: it runs newer code, during a deploy. What it did is done. */
export class UnknownOutcome extends Error {
  constructor(outcome: string) {
    super(`an object answered ${outcome}`);
  }
}

/**
 * What follows from an object's answer: a rule for each of its outcomes, so that nothing compiles while one has none.
 * Throws `UnknownOutcome`.
 */
export function byOutcome<Answer extends { outcome: string }, Result>(
  answer: Answer,
  rules: { [Outcome in Answer["outcome"]]: (answer: WithOutcome<Answer, Outcome>) => Result },
): Result {
  const rule = rules[answer.outcome as Answer["outcome"]];
  if (rule === undefined) throw new UnknownOutcome(answer.outcome);
  return rule(answer as WithOutcome<Answer, Answer["outcome"]>);
}
