import { fullBucket, type TokenBucket, takeToken } from "../domain/token-bucket.ts";
import { ApiError } from "../errors.ts";

const MAX_BUCKETS = 10_000;

/**
 * Per isolate and in memory: a limit across all isolates would cost each request a question to one place. Under
 * `npm start` there is one isolate, and the limit is exact; on Cloudflare it holds in each isolate for itself.
 */
const buckets = new Map<string, TokenBucket>();

/** Counts a request of a key, or of `what` else has this id, against its rate limit; throws 429 with `Retry-After`. */
export function limitRate(
  keyId: string,
  ratePerSecond: number,
  nowMs: number,
  what = "This key may make",
): void {
  const bucket = buckets.get(keyId) ?? fullBucket(ratePerSecond, nowMs);
  if (buckets.size >= MAX_BUCKETS && !buckets.has(keyId)) buckets.clear();
  buckets.set(keyId, bucket);
  const waitMs = takeToken(bucket, ratePerSecond, nowMs);
  if (waitMs === 0) return;
  throw new ApiError("rate_limited", `${what} ${ratePerSecond} requests per second.`, {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
}
