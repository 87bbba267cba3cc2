/** A delivery that must not be trusted; the message says why. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
}

export interface VerifyOptions {
  /** How far the attempt's time may lie from now, either way; 300 unless given. */
  toleranceSeconds?: number;
  /** The time to compare with, Unix milliseconds; the clock's unless given. */
  now?: number;
}

const DEFAULT_TOLERANCE_SECONDS = 300;

/** Throws WebhookVerificationError if the signed time (Unix seconds) is too far from now. */
export function requireRecent(timestamp: string, options: VerifyOptions): void {
  const toleranceSeconds = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const ageSeconds = Math.floor((options.now ?? Date.now()) / 1000) - Number(timestamp);
  // Written so that a NaN, whichever side it comes from, refuses.
  if (!(ageSeconds <= toleranceSeconds)) {
    throw new WebhookVerificationError(`the timestamp is older than ${toleranceSeconds} seconds`);
  }
  if (!(ageSeconds >= -toleranceSeconds)) {
    throw new WebhookVerificationError(
      `the timestamp is more than ${toleranceSeconds} seconds in the future`,
    );
  }
}

/** Throws WebhookVerificationError unless the body is raw text: a parsed one no longer has the bytes that were signed. */
export function requireRawText(body: unknown): asserts body is string {
  if (typeof body !== "string") {
    throw new WebhookVerificationError("the body must be the raw request text, before any JSON parsing");
  }
}

/** The body as JSON; throws WebhookVerificationError if it is none. */
export function parsed<T>(body: string): T {
  try {
    return JSON.parse(body) as T;
  } catch (cause) {
    throw new WebhookVerificationError("the body is signed but is not JSON", { cause });
  }
}

/**
 * Whether one of the texts equals the expected one. Takes as long whichever it is and wherever they differ, so that
 * timing tells a forger nothing.
 */
export function anyEquals(candidates: readonly string[], expected: string): boolean {
  let found = false;
  for (const candidate of candidates) {
    let difference = candidate.length ^ expected.length;
    for (let i = 0; i < expected.length; i++) difference |= candidate.charCodeAt(i) ^ expected.charCodeAt(i);
    found = difference === 0 || found;
  }
  return found;
}
