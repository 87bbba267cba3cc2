import { WebhookVerificationError } from "./error.ts";

export interface VerifyOptions {
  /** How far the attempt's time may lie from now, either way, in seconds; 300 unless given. */
  toleranceSeconds?: number;
  /** The time to compare with, Unix milliseconds; the clock's unless given. */
  now?: number;
}

const DEFAULT_TOLERANCE_SECONDS = 300;

/** Throws WebhookVerificationError if the signed time (Unix seconds, its whole part counts) is too far from now. */
export function requireRecent(timestamp: string, options: VerifyOptions): void {
  const toleranceSeconds = options.toleranceSeconds ?? DEFAULT_TOLERANCE_SECONDS;
  const ageSeconds = Math.floor((options.now ?? Date.now()) / 1000) - Math.floor(Number(timestamp));
  // Written so that a NaN, whichever side it comes from, refuses.
  if (!(ageSeconds <= toleranceSeconds)) {
    throw new WebhookVerificationError("too_old", `It was signed more than ${toleranceSeconds} seconds ago`);
  }
  if (!(ageSeconds >= -toleranceSeconds)) {
    throw new WebhookVerificationError("too_new", `It was signed ${-ageSeconds} seconds from now`);
  }
}
