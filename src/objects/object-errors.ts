import { textsOf } from "../d1/database-errors.ts";

/*
 * What calls of objects fail with for reasons that pass: the object was reset, or the way to it was lost. Some errors are
 * marked by the runtime; those of a call that was under way when its object ended are known by their texts alone.
 */

/** How long a busy object may keep the code from before a deploy: `max_delay` in wrangler.toml. */
export const UPDATE_SECONDS = 30;

/** workerd's texts (src/workerd/io/worker.c++, actor-cache.c++, actor-sqlite.c++), and how our own objects end themselves. */
const PASSING = [
  /Network connection lost/,
  /code (?:was|has been) updated/,
  /Durable Object.* (?:was|to be) reset/,
  /Durable Object reset/,
  /Internal error in Durable Object storage/,
  /Cannot resolve Durable Object/,
  /^internal error; reference = /,
  /^the object starts anew: /,
  // What takes a number waits for what was handed over before, see delivery/handed-over.ts.
  /what was handed over before comes first/,
  // An object gave up what another one, D1 or R2 did not answer (deadlines.ts).
  /no answer within \d+ ms/,
  // R2's own, by way of a log that reads its archive (developers.cloudflare.com/r2/api/error-codes/).
  /We encountered an internal error\. Please try again/,
  /\((?:10001|10043|10054|10058)\)$/,
];

/** What workerd says of an object that runs code from before a method was added. */
const METHOD_MISSING = /does not implement the method/;

/** Whether a call of an object failed because it runs code from before that method; it did nothing. */
export function isMethodMissing(error: unknown): boolean {
  return error instanceof Error && METHOD_MISSING.test(error.message);
}

/** Whether a call of an object failed for a reason that passes. It may have been done: only its answer was lost. */
export function isPassingObjectError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (Reflect.get(error, "overloaded") === true || Reflect.get(error, "retryable") === true) return true;
  return textsOf(error).some((text) => PASSING.some((form) => form.test(text)));
}
