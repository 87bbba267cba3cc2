/*
 * The signature rules of the Standard Webhooks specification, once for both sides: the dialect writes, the SDK reads.
 * No platform API is used here but `atob`, which every JavaScript runtime has.
 */

/** How a secret or key of Standard Webhooks begins: it tells the scheme. */
export const SYMMETRIC_PREFIX = "whsec_";
export const PRIVATE_KEY_PREFIX = "whsk_";
export const PUBLIC_KEY_PREFIX = "whpk_";

/** `v1`: HMAC-SHA256. `v1a`: ed25519. */
export type StandardScheme = "v1" | "v1a";

export interface StandardSignature {
  scheme: StandardScheme;
  base64: string;
}

/** What is signed: `webhook-id`, `webhook-timestamp` (Unix seconds of the attempt) and the raw body. */
export function standardSignedContent(id: string, timestamp: string, body: string): string {
  return `${id}.${timestamp}.${body}`;
}

/** The bytes of a secret or key after its prefix; null if it has another prefix or is not base64. */
export function standardKeyBytes(secret: string, prefix: string): Uint8Array | null {
  const base64 = secret.slice(prefix.length);
  if (!secret.startsWith(prefix) || base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64))
    return null;
  const text = atob(base64);
  // A loop, not `Uint8Array.from` with a callback: this runs at every signature.
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** `v1,…` and `v1a,…`, separated by spaces. */
export function writeStandardSignatures(signatures: readonly StandardSignature[]): string {
  return signatures.map(({ scheme, base64 }) => `${scheme},${base64}`).join(" ");
}

/** The header's signatures of one scheme; schemes of other names are passed over. */
export function parseStandardSignatures(header: string, scheme: StandardScheme): string[] {
  return header
    .split(" ")
    .filter((signature) => signature.startsWith(`${scheme},`))
    .map((signature) => signature.slice(scheme.length + 1));
}
