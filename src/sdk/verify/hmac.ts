import type { RawBody } from "./body.ts";
import { base64Of, hexOf, utf8 } from "./bytes.ts";
import { nodeCrypto } from "./node-crypto.ts";
import { hmacSha256 } from "./sha256.ts";

/** How a signature is written: lower-case hex, or base64 with padding. */
export type Encoding = "hex" | "base64";

/** HMAC-SHA256 of `prefix` and the body. A key that is text counts as its UTF-8 bytes. Native where that is had. */
export function hmacOf(key: string | Uint8Array, prefix: string, body: RawBody, encoding: Encoding): string {
  const native = nodeCrypto();
  if (native === null) return portableHmacOf(key, prefix, body, encoding);
  const made = native.createHmac("sha256", key);
  // One call where it can be: each crosses into native code.
  if (typeof body === "string") made.update(prefix + body);
  else made.update(prefix).update(body);
  return made.digest(encoding);
}

/** The same in plain JavaScript. */
export function portableHmacOf(
  key: string | Uint8Array,
  prefix: string,
  body: RawBody,
  encoding: Encoding,
): string {
  const digest = hmacSha256(bytesOf(key), utf8(prefix), bytesOf(body));
  return encoding === "hex" ? hexOf(digest) : base64Of(digest);
}

function bytesOf(given: string | Uint8Array): Uint8Array {
  return typeof given === "string" ? utf8(given) : given;
}
