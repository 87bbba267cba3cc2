import { setTimeout as wait } from "node:timers/promises";

const POLL_MS = 20;

/**
 * The first value that is neither null, undefined nor false; asked again and again until `deadlineMs` have passed,
 * then it throws with `what`. Tests wait by this alone: never for a fixed time.
 */
export async function eventually<Value>(
  what: string,
  ask: () => Value | Promise<Value>,
  deadlineMs = 60_000,
): Promise<NonNullable<Exclude<Value, false>>> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await ask();
    if (value !== null && value !== undefined && value !== false) {
      return value as NonNullable<Exclude<Value, false>>;
    }
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await wait(POLL_MS);
  }
}
