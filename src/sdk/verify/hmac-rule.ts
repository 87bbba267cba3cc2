import { type RawBody, requireRaw } from "./body.ts";
import { anyEquals } from "./comparison.ts";
import { type Encoding, hmacOf } from "./hmac.ts";
import { type Secrets, secretsOf } from "./secrets.ts";
import type { Signed } from "./webhooks.ts";

/** Whether one of the signatures is the HMAC of what was signed. */
export function isHmac(encoding: Encoding): (signed: Signed, body: RawBody, key: string) => boolean {
  return ({ prefix, signatures }, body, key) => anyEquals(signatures, hmacOf(key, prefix, body, encoding));
}

/** For tests: one signature for each secret, newest first. */
export function hmacsOf(
  secrets: Secrets,
  keyOf: (secret: string) => string,
  prefix: string,
  body: RawBody,
  encoding: Encoding,
): [string, ...string[]] {
  requireRaw(body);
  const [first, ...rest] = secretsOf(secrets).map((secret) => hmacOf(keyOf(secret), prefix, body, encoding));
  return [first as string, ...rest];
}

/** The time in whole Unix seconds. */
export function secondsOf(now: number | undefined): string {
  return String(Math.floor((now ?? Date.now()) / 1000));
}
