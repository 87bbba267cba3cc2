import { createHmac } from "node:crypto";

/*
 * The signing half that all dialects share. Synchronous and native (`node:crypto`), so that `build` stays a plain
 * function and a body of 1 MiB costs a millisecond, not the event loop.
 */

/** HMAC-SHA256 of the content's UTF-8 bytes, lower-case hex. A key given as text counts as its UTF-8 bytes. */
export function hmacHex(key: string | Uint8Array, content: string): string {
  return createHmac("sha256", key).update(content, "utf8").digest("hex");
}

/** HMAC-SHA256 of the content's UTF-8 bytes, base64 with padding. */
export function hmacBase64(key: string | Uint8Array, content: string): string {
  return createHmac("sha256", key).update(content, "utf8").digest("base64");
}
