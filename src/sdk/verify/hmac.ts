import type { KeyObject } from "node:crypto";
import type { RawBody } from "./body.ts";
import { base64Of, hexOf, utf8 } from "./bytes.ts";
import { type NodeCrypto, nodeCrypto } from "./node-crypto.ts";
import { hmacSha256 } from "./sha256.ts";

/** How a signature is written: lower-case hex, or base64 with padding. */
export type Encoding = "hex" | "base64";

/** HMAC-SHA256 of `prefix` and the body. A key that is text counts as its UTF-8 bytes. Native where that is had. */
export function hmacOf(key: string | Uint8Array, prefix: string, body: RawBody, encoding: Encoding): string {
  const native = nodeCrypto();
  if (native === null) return portableHmacOf(key, prefix, body, encoding);
  const made = native.createHmac("sha256", typeof key === "string" ? key : nativeKey(native, key));
  if (prefix !== "") made.update(prefix);
  // Each of the two overloads takes one.
  if (typeof body === "string") made.update(body);
  else made.update(body);
  return made.digest(encoding);
}

const nativeKeys = new WeakMap<Uint8Array, KeyObject>();

/** Node takes longer to make a key of bytes than to sign with it: each is made once. */
function nativeKey(native: NodeCrypto, bytes: Uint8Array): KeyObject {
  let key = nativeKeys.get(bytes);
  if (key === undefined) {
    key = native.createSecretKey(bytes);
    nativeKeys.set(bytes, key);
  }
  return key;
}

/** HMAC-SHA256 of `prefix` and the body, in plain JavaScript. */
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
