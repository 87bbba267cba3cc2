import { findAnswer, isAnsweredAlready } from "../d1/answers.ts";
import { commitChange } from "../d1/change.ts";
import type { AnswerRow } from "../d1/tables.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { platform } from "../platform.ts";
import { openText, sealText } from "../seal/seal.ts";
import { idempotencyConflict, type Once } from "./requests.ts";

/*
 * The first answers to requests that change the configuration. Each is stored in the batch of what the request made, and
 * the primary key of the answers makes the second of two batches fail as a whole.
 */

/**
 * What an answer promised of an endpoint must hold before the answer is given again: the objects have taken what it
 * says. Throws 503 if they have not.
 */
export type EnsureHolds = (env: Env, reach: Reach, endpointId: string) => Promise<void>;

/** The row that keeps an answer, sealed; whoever asks for it stores it with what the request makes. */
export async function answerRow(
  env: Env,
  once: Once,
  body: string,
  endpointId: string | null,
  nowMs: number,
): Promise<AnswerRow> {
  once.isKept = true;
  const { id, digest, status } = once;
  return { id, digest, status, answer: await sealText(body, env, platform), endpointId, createdAt: nowMs };
}

/** The answer's text of such a request: that of the first one, or of `work`, which is kept. */
export async function answerOnceInD1(
  env: Env,
  reach: Reach,
  once: Once,
  ensureHolds: EnsureHolds,
  work: () => Promise<string>,
): Promise<string> {
  const repeated = async (first: AnswerRow) => {
    if (first.digest !== once.digest) throw idempotencyConflict();
    if (first.endpointId !== null) await ensureHolds(env, reach, first.endpointId);
    once.isRepeated = true;
    return openText(first.answer, env);
  };
  const earlier = await findAnswer(env.DB, once.id, platform.nowMs());
  if (earlier !== null) return repeated(earlier);
  try {
    const text = await work();
    if (!once.isKept) await keep(env, once, text);
    return text;
  } catch (error) {
    const first = isAnsweredAlready(error) ? await findAnswer(env.DB, once.id, platform.nowMs()) : null;
    if (first === null) throw error;
    return repeated(first);
  }
}

/** For work that has no commit of its own to put the answer into: a crash right before this may do it twice. */
async function keep(env: Env, once: Once, text: string): Promise<void> {
  const answer = await answerRow(env, once, text, null, platform.nowMs());
  await commitChange(env.DB, () => [], { audit: null, answer });
}
