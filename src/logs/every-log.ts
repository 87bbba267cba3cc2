import type { Env } from "../env.ts";
import { isMethodMissing } from "../objects/object-errors.ts";
import { logOf } from "../objects/objects.ts";

type Log = ReturnType<typeof logOf>;

/**
 * Asks every log of a workspace at once; answers in the order of their numbers. How many there are log 0 says beside its answer:
 * it was told before the others accepted anything.
 */
export async function everyLog<Answer>(
  env: Env,
  workspaceId: string,
  ask: (log: Log, number: number) => Promise<Answer>,
): Promise<Answer[]> {
  const first = logOf(env, workspaceId);
  const [count, answer] = await Promise.all([logCount(first), ask(first, 0)]);
  if (count === 1) return [answer];
  return [answer, ...(await otherLogs(env, workspaceId, count, ask))];
}

/** Asks every log, where the question depends on how many there are; answers in the order of their numbers. */
export async function sharedAmongLogs<Answer>(
  env: Env,
  workspaceId: string,
  ask: (log: Log, count: number) => Promise<Answer>,
): Promise<Answer[]> {
  const first = logOf(env, workspaceId);
  const count = await logCount(first);
  const [answer, others] = await Promise.all([
    ask(first, count),
    otherLogs(env, workspaceId, count, (log) => ask(log, count)),
  ]);
  return [answer, ...others];
}

/** Asks all logs but the first; `count`: how many there are. */
export function otherLogs<Answer>(
  env: Env,
  workspaceId: string,
  count: number,
  ask: (log: Log, number: number) => Promise<Answer>,
): Promise<Answer[]> {
  const others = Array.from({ length: count - 1 }, (_, i) => i + 1);
  return Promise.all(others.map((number) => ask(logOf(env, workspaceId, number), number)));
}

/** How many there are, as log 0 was told; one that runs older code is the only one. */
export async function logCount(first: Log): Promise<number> {
  try {
    return await first.logCount();
  } catch (error) {
    if (isMethodMissing(error)) return 1;
    throw error;
  }
}
