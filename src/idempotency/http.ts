import { createHash } from "node:crypto";
import type { Reach } from "../domain/scope.ts";
import { ApiError, invalid } from "../errors.ts";
import { platform } from "../platform.ts";
import type { Once } from "./requests.ts";

/*
 * `Idempotency-Key`: within 24 h the first good answer is given again instead of doing the work twice. The answer is
 * stored in the same commit as what the request made: an object's transaction (`objects.ts`), or a batch of D1 (`d1.ts`).
 * Answers that are errors are not kept.
 */

const HEADER = "Idempotency-Key";
const KEY_FORM = /^[\x21-\x7e]{1,255}$/;

/** What says that an answer is that of an earlier request. */
export const REPEATED_HEADER = { "Idempotency-Replayed": "true" };

/** What `Retry-After` says while the first request still runs. */
const IN_PROGRESS_RETRY_SECONDS = 1;

/** No request runs longer: an older note is of one whose end was not seen. */
const RUNS_AT_MOST_MS = 60_000;

/**
 * The requests that run in this isolate, by id, with their start. Two that meet in different isolates do not see
 * each other here; there the commit decides, and the second gets the first one's answer.
 */
const running = new Map<string, number>();

/** A request's Idempotency-Key; null = none. Throws 422 for one of another form. */
export function idempotencyKeyIn(headers: Headers): string | null {
  const key = headers.get(HEADER);
  if (key === null || KEY_FORM.test(key)) return key;
  throw invalid([{ path: HEADER, message: "must be 1 to 255 visible ASCII characters" }]);
}

/**
 * The request as one that may be repeated.
 * @param path the route with its ids: the same key for another endpoint is another request
 * @param digest of what is asked for, by query and body
 * @param status that of a good answer
 */
export function onceOf(
  { workspaceId, scope }: Reach,
  path: string,
  key: string,
  digest: string,
  status: number,
): Once {
  // One customer must not be given another's answer.
  const asker = scope === null ? workspaceId : `${workspaceId} ${JSON.stringify(scope)}`;
  return { id: sha256(`${asker}\n${path}\n${key}`), digest, status, isKept: false, isRepeated: false };
}

/**
 * Does the work unless the same request is at work here; throws 409 `in_progress` then.
 * @param runBeside has something go on though the sender hangs up
 */
export async function runAlone<Result>(
  once: Once,
  runBeside: (work: Promise<unknown>) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  const nowMs = platform.nowMs();
  const startedAt = running.get(once.id);
  if (startedAt !== undefined && nowMs - startedAt < RUNS_AT_MOST_MS) {
    throw new ApiError(
      "in_progress",
      "The first request with this Idempotency-Key still runs; send this one again when it has ended.",
      {
        retryAfterSeconds: IN_PROGRESS_RETRY_SECONDS,
      },
    );
  }
  running.set(once.id, nowMs);
  const working = work().finally(() => running.delete(once.id));
  // What was begun is to end, and its note with it.
  runBeside(working.catch(() => undefined));
  return working;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
