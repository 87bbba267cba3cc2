/** The part of a union of answers that has an outcome. */
export type WithOutcome<Answer extends { outcome: string }, Outcome> = Answer extends { outcome: infer Own }
  ? Outcome extends Own
    ? Answer
    : never
  : never;

/**
 * What follows from an object's answer: a rule for each of its outcomes, so that nothing compiles while one has none.
 * Throws for an outcome that no rule is for: an object may run newer code than its caller, during a deploy.
 */
export function byOutcome<Answer extends { outcome: string }, Result>(
  answer: Answer,
  rules: { [Outcome in Answer["outcome"]]: (answer: WithOutcome<Answer, Outcome>) => Result },
): Result {
  const rule = rules[answer.outcome as Answer["outcome"]];
  if (rule === undefined) throw new Error(`an object answered ${answer.outcome}`);
  return rule(answer as WithOutcome<Answer, Answer["outcome"]>);
}
