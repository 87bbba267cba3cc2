import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { RawBody } from "./body.ts";
import { base64Of, utf8 } from "./bytes.ts";
import { nodeCrypto } from "./node-crypto.ts";

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
  const made = hmac.create(sha256, typeof key === "string" ? utf8(key) : key);
  if (prefix !== "") made.update(utf8(prefix));
  const digest = made.update(typeof body === "string" ? utf8(body) : body).digest();
  return encoding === "hex" ? bytesToHex(digest) : base64Of(digest);
}
