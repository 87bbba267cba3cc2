import { createHash } from "node:crypto";
import type { Context } from "hono";
import { findAnswer } from "../d1/answers.ts";
import { commitChange, isAnsweredAlready } from "../d1/change.ts";
import type { AnswerRow } from "../d1/tables.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import { answerRow, idempotencyConflict, type Once } from "../idempotency/once.ts";
import { openText } from "../seal/seal.ts";
import { bodyDigest } from "./body-digest.ts";
import type { ApiEnv } from "./context.ts";

/*
 * `Idempotency-Key`: within 24 h the first good answer is given again instead of doing the work twice. The answer is
 * stored in the same commit as what the request made: an object's transaction, or a batch of D1, where the primary
 * key of the answers makes the second of two batches fail as a whole. Answers that are errors are not kept.
 */

const HEADER = "Idempotency-Key";
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/** What `Retry-After` says while the first request still runs. */
const IN_PROGRESS_RETRY_SECONDS = 1;

/** No request runs longer: an older note is of one whose end was not seen. */
const RUNS_AT_MOST_MS = 60_000;

/**
 * The requests that run in this isolate, by id, with their start. Two that meet in different isolates do not see
 * each other here; there the commit decides, and the second gets the first one's answer.
 */
const running = new Map<string, number>();

/** The request's Idempotency-Key; null = none. Throws 422 for one of another form. */
export function idempotencyKeyOf(c: Context<ApiEnv>): string | null {
  const key = c.req.header(HEADER);
  if (key === undefined) return null;
  if (KEY_FORM.test(key)) return key;
  throw invalid([{ path: HEADER, message: "must be 1 to 255 visible ASCII characters" }]);
}

/** The request as one that may be repeated. `body` is the text that is compared. */
export async function onceOf(
  c: Context<ApiEnv>,
  { workspaceId, scope }: Reach,
  key: string,
  body: string,
  status: number,
): Promise<Once> {
  // Of two customers one must not be given the other's answer.
  const { search } = new URL(c.req.url);
  const asker = scope === null ? workspaceId : `${workspaceId} ${JSON.stringify(scope)}`;
  return {
    // The route with its ids: the same key for another endpoint is another request.
    id: sha256(`${asker}\n${c.req.path}\n${key}`),
    // The query says what is asked for, too.
    digest: await bodyDigest(search === "" ? body : `${search}\n${body}`),
    status,
    isKept: false,
    isReplayed: false,
  };
}

/** Does the work unless the same request is at work here; throws 409 `in_progress` then. */
export async function alone<Result>(
  c: Context<ApiEnv>,
  once: Once,
  work: () => Promise<Result>,
): Promise<Result> {
  const nowMs = Date.now();
  const startedAt = running.get(once.id);
  if (startedAt !== undefined && nowMs - startedAt < RUNS_AT_MOST_MS) {
    throw new ApiError("in_progress", "The first request with this Idempotency-Key still runs.", {
      retryAfterSeconds: IN_PROGRESS_RETRY_SECONDS,
    });
  }
  running.set(once.id, nowMs);
  const working = work().finally(() => running.delete(once.id));
  // The sender may hang up; what was begun is to end, and its note with it.
  c.executionCtx.waitUntil(working.catch(() => undefined));
  return working;
}

/**
 * What an answer promised of an endpoint must hold before the answer is given again: the objects have taken what it
 * says. Throws 503 if they have not.
 */
export type EnsureHolds = (env: Env, reach: Reach, endpointId: string) => Promise<void>;

/** The answer's text of a request that changes the configuration: that of the first one, or of `work`, which is kept. */
export function answeredOnce(
  c: Context<ApiEnv>,
  reach: Reach,
  once: Once,
  ensureHolds: EnsureHolds,
  work: () => Promise<string>,
): Promise<string> {
  return alone(c, once, async () => {
    const earlier = await findAnswer(c.env.DB, once.id, Date.now());
    if (earlier !== null) return repeated(c, reach, once, earlier, ensureHolds);
    try {
      const text = await work();
      if (!once.isKept) await keep(c, once, text);
      return text;
    } catch (error) {
      const first = isAnsweredAlready(error) ? await findAnswer(c.env.DB, once.id, Date.now()) : null;
      if (first === null) throw error;
      return repeated(c, reach, once, first, ensureHolds);
    }
  });
}

async function repeated(
  c: Context<ApiEnv>,
  reach: Reach,
  once: Once,
  first: AnswerRow,
  ensureHolds: EnsureHolds,
): Promise<string> {
  if (first.digest !== once.digest) throw idempotencyConflict();
  if (first.endpointId !== null) await ensureHolds(c.env, reach, first.endpointId);
  once.isReplayed = true;
  return openText(first.answer, c.env);
}

/** For work that has no commit of its own to put the answer into: a crash right before this may do it twice. */
async function keep(c: Context<ApiEnv>, once: Once, text: string): Promise<void> {
  const answer = await answerRow(c.env, once, text, null, Date.now());
  await commitChange(c.env.DB, () => [], { audit: null, answer });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
