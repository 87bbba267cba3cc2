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

/** More than any rotation needs; each costs the receiver a comparison, which for ed25519 is dear. */
const MOST_SIGNATURES = 20;

/** The header's signatures of known schemes, each with its scheme in front; others are passed over. Null if malformed. */
export function parseStandardSignatures(header: string): string[] | null {
  const signatures = header.split(" ").filter((part) => part.startsWith("v1,") || part.startsWith("v1a,"));
  return signatures.length === 0 || signatures.length > MOST_SIGNATURES ? null : signatures;
}
