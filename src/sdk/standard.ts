import * as ed25519 from "@noble/ed25519";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import {
  PUBLIC_KEY_PREFIX,
  parseStandardSignatures,
  SYMMETRIC_PREFIX,
  standardKeyBytes,
  standardSignedContent,
} from "../dialects/standard-signature.ts";
import {
  anyEquals,
  parsed,
  requireRawText,
  requireRecent,
  type VerifyOptions,
  WebhookVerificationError,
} from "./verification.ts";

// ed25519 hashes with SHA-512, which this library leaves to its user where the call is synchronous.
ed25519.hashes.sha512 = sha512;

/** An event as the `standard` dialect delivers it. Its id is the header `webhook-id`. */
export interface StandardEvent<Type extends string = string, Data = Record<string, unknown>> {
  type: Type;
  /** ISO 8601. */
  timestamp: string;
  data: Data;
}

/** A Fetch API `Headers`, or an object of headers in any case, such as Node's `request.headers`. */
export type HeaderSource =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Verifies a delivery of the `standard` dialect (or of any other sender of Standard Webhooks) and returns its body.
 * `body`: the raw request text. `secret`: `whsec_…` for `v1` signatures, or the sender's public key `whpk_…` for `v1a`.
 * Throws WebhookVerificationError if it is not signed with it, or not within the tolerance.
 */
function verify<Event extends StandardEvent = StandardEvent>(
  body: string,
  headers: HeaderSource,
  secret: string,
  options: VerifyOptions = {},
): Event {
  requireRawText(body);
  const id = requiredHeader(headers, "webhook-id");
  const timestamp = requiredHeader(headers, "webhook-timestamp");
  const signatures = requiredHeader(headers, "webhook-signature");
  if (!/^[0-9]{1,12}$/.test(timestamp)) {
    throw new WebhookVerificationError("the webhook-timestamp header is not a time in Unix seconds");
  }
  const content = utf8ToBytes(standardSignedContent(id, timestamp, body));
  if (!isSigned(content, signatures, secret)) {
    throw new WebhookVerificationError("no signature in webhook-signature belongs to this body and secret");
  }
  requireRecent(timestamp, options);
  return parsed<Event>(body);
}

function isSigned(content: Uint8Array, header: string, secret: string): boolean {
  const symmetric = standardKeyBytes(secret, SYMMETRIC_PREFIX);
  if (symmetric !== null) {
    const expected = btoa(String.fromCharCode(...hmac(sha256, symmetric, content)));
    return anyEquals(parseStandardSignatures(header, "v1"), expected);
  }
  const publicKey = standardKeyBytes(secret, PUBLIC_KEY_PREFIX);
  if (publicKey?.length !== 32) {
    throw new WebhookVerificationError("the secret must be whsec_… or a public key whpk_…");
  }
  return parseStandardSignatures(header, "v1a").some((base64) => {
    const signature = standardKeyBytes(base64, "");
    return signature?.length === 64 && ed25519.verify(signature, content, publicKey);
  });
}

function requiredHeader(headers: HeaderSource, name: string): string {
  const value = headerValue(headers, name);
  if (!value) throw new WebhookVerificationError(`the ${name} header is missing`);
  return value;
}

function headerValue(headers: HeaderSource, name: string): string | null {
  if (typeof headers.get === "function") return headers.get(name);
  for (const [key, value] of Object.entries(headers)) {
    if (key.toLowerCase() === name) return typeof value === "string" ? value : (value?.join(" ") ?? null);
  }
  return null;
}

export const standard = { webhooks: { verify } };
