import { setTimeout as wait } from "node:timers/promises";

/** How soon it is asked again; later where it takes long, for to be asked is work, too. */
const POLL_MS = 20;
const SLOWEST_POLL_MS = 100;

/**
 * The first value that is neither null, undefined nor false; asked again and again until `deadlineMs` have passed,
 * then it throws with `what`. Tests wait by this alone: never for a fixed time.
 */
export async function eventually<Value>(
  what: string,
  ask: () => Value | Promise<Value>,
  deadlineMs = 60_000,
): Promise<NonNullable<Exclude<Value, false>>> {
  const startedAt = Date.now();
  const deadline = startedAt + deadlineMs;
  for (;;) {
    const value = await ask();
    if (value !== null && value !== undefined && value !== false) {
      return value as NonNullable<Exclude<Value, false>>;
    }
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await wait(Math.min(SLOWEST_POLL_MS, Math.max(POLL_MS, (Date.now() - startedAt) / 20)));
  }
}
