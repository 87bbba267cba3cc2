import { mapInGroups } from "../domain/groups.ts";
import type { LogAnswer, PlainLogAnswer } from "../domain/log-shards.ts";
import type { Env } from "../env.ts";
import { isMethodMissing } from "../objects/object-errors.ts";
import { logOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";

type Log = ReturnType<typeof logOf>;

/**
 * Asks every log of a workspace; answers in the order of their numbers. How many there are log 0 says with its answer: it was told
 * before the others accepted anything. Most workspaces have that one alone, and cost one call.
 */
export async function askLogs<Answer extends LogAnswer>(
  env: Env,
  workspaceId: string,
  ask: (log: Log, number: number) => Promise<Answer>,
): Promise<Answer[]> {
  const answer = await ask(logOf(env, workspaceId), 0);
  return [answer, ...(await askOtherLogs(env, workspaceId, answer.logs, ask))];
}

/** Asks every log of a workspace for an answer that is no record. */
export async function askLogsPlainly<Answer>(
  env: Env,
  workspaceId: string,
  ask: (log: Log) => Promise<PlainLogAnswer<Answer>>,
): Promise<Answer[]> {
  const told = await askLogs(env, workspaceId, async (log) => recordOf(await ask(log)));
  return told.map(({ answer }) => answer);
}

function recordOf<Answer>(told: PlainLogAnswer<Answer>): LogAnswer & { answer: Answer } {
  const isRecord = typeof told === "object" && told !== null && "logs" in told;
  return isRecord ? told : { answer: told };
}

/** Asks all logs but the first, some at once; `count`: how many there are, absent = the first is the only one. */
export function askOtherLogs<Answer>(
  env: Env,
  workspaceId: string,
  count: number | undefined,
  ask: (log: Log, number: number) => Promise<Answer>,
): Promise<Answer[]> {
  const others = Array.from({ length: (count ?? 1) - 1 }, (_, i) => i + 1);
  return mapInGroups(others, platform, (number) => ask(logOf(env, workspaceId, number), number));
}

/** How many there are, as log 0 was told; one that runs older code is the only one. */
export async function countLogs(env: Env, workspaceId: string): Promise<number> {
  try {
    return await logOf(env, workspaceId).logCount();
  } catch (error) {
    if (isMethodMissing(error)) return 1;
    throw error;
  }
}
