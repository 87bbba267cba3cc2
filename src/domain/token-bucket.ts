/** What is left of a rate: refills with time, up to what one second allows and never less than one request. */
export interface TokenBucket {
  tokens: number;
  /** When `tokens` was true, Unix milliseconds. */
  at: number;
}

/** A bucket at its fullest. */
export function fullBucket(ratePerSecond: number, nowMs: number): TokenBucket {
  return { tokens: capacity(ratePerSecond), at: nowMs };
}

/** Takes one token, and returns 0; with less than one left takes nothing, and returns in how many milliseconds there is one. */
export function takeToken(bucket: TokenBucket, ratePerSecond: number, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - bucket.at);
  bucket.tokens = Math.min(capacity(ratePerSecond), bucket.tokens + (elapsedMs / 1000) * ratePerSecond);
  bucket.at = nowMs;
  if (bucket.tokens < 1) return ((1 - bucket.tokens) / ratePerSecond) * 1000;
  bucket.tokens -= 1;
  return 0;
}

function capacity(ratePerSecond: number): number {
  return Math.max(1, ratePerSecond);
}
