import {
  PRIVATE_KEY_PREFIX,
  PUBLIC_KEY_PREFIX,
  parseStandardSignatures,
  type StandardScheme,
  type StandardSignature,
  SYMMETRIC_PREFIX,
  standardKeyBytes,
  standardSignedContent,
  writeStandardSignatures,
} from "../../dialects/standard-signature.ts";
import { parsedObject, type RawBody, requireRaw } from "../verify/body.ts";
import { base64Of, utf8 } from "../verify/bytes.ts";
import { anyEquals } from "../verify/comparison.ts";
import type { Ed25519 } from "../verify/ed25519.ts";
import { type HeaderSource, refuseMalformed, requiredHeader } from "../verify/headers.ts";
import { hmacOf } from "../verify/hmac.ts";
import { secondsOf } from "../verify/hmac-rule.ts";
import { refuseKind, secretsOf } from "../verify/secrets.ts";
import { type Signed, verificationBy, type Webhooks } from "../verify/webhooks.ts";

/** An event as the `standard` dialect delivers it. Its id is the header `webhook-id`. */
export interface StandardEvent<Type extends string = string, Data = Record<string, unknown>> {
  type: Type;
  /** ISO 8601. */
  timestamp: string;
  data: Data;
}

/** A secret's scheme and bytes. */
interface Key {
  scheme: StandardScheme;
  bytes: Uint8Array;
}

/** A receiver has one secret for each of its endpoints. */
const MOST_KNOWN = 100;
const PUBLIC_KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Standard Webhooks, with the schemes that are at hand: `v1a` needs ed25519. */
export function standardWith<Event>(
  ed25519: Ed25519 | null,
  event: (body: RawBody, headers: HeaderSource) => Event,
): Webhooks<HeaderSource, Event> {
  /** The keys of the secrets that were used last: a key is read once, and stays the same object. */
  const known = new Map<string, Key>();

  function keyOf(secret: string): Key {
    let key = known.get(secret);
    if (key === undefined) {
      key = readKey(secret);
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(secret, key);
    }
    return key;
  }

  function readKey(secret: string): Key {
    const symmetric = standardKeyBytes(secret, SYMMETRIC_PREFIX);
    if (symmetric !== null) return { scheme: "v1", bytes: symmetric };
    const bytes = standardKeyBytes(secret, PUBLIC_KEY_PREFIX);
    if (bytes?.length !== PUBLIC_KEY_BYTES)
      refuseKind("whsec_ and base64, or the sender's public key, whpk_");
    if (ed25519 === null) refuseKind('whsec_ and base64; for whpk_ import from "atlas-webhooks/ed25519"');
    return { scheme: "v1a", bytes };
  }

  function isSigned({ prefix, signatures }: Signed, body: RawBody, { scheme, bytes }: Key): boolean {
    if (scheme === "v1") return anyEquals(signatures, `v1,${hmacOf(bytes, prefix, body, "base64")}`);
    const base64s = signatures.filter((one) => one.startsWith("v1a,")).map((one) => one.slice("v1a,".length));
    if (base64s.length === 0 || ed25519 === null) return false;
    const content = contentOf(prefix, body);
    return base64s.some((base64) => {
      const signature = standardKeyBytes(base64, "");
      return signature?.length === SIGNATURE_BYTES && ed25519.verify(signature, content, bytes);
    });
  }

  function signature(secret: string, prefix: string, body: RawBody): StandardSignature {
    const symmetric = standardKeyBytes(secret, SYMMETRIC_PREFIX);
    if (symmetric !== null) return { scheme: "v1", base64: hmacOf(symmetric, prefix, body, "base64") };
    const seed = standardKeyBytes(secret, PRIVATE_KEY_PREFIX)?.subarray(0, 32);
    if (seed?.length !== 32 || ed25519 === null) refuseKind("whsec_ and base64");
    return { scheme: "v1a", base64: base64Of(ed25519.sign(contentOf(prefix, body), seed)) };
  }

  return {
    ...verificationBy({ key: keyOf, read, isSigned, event }),
    sign(body, secret, { now, id = `msg_${Math.random().toString(36).slice(2)}` } = {}) {
      requireRaw(body);
      const timestamp = secondsOf(now);
      const prefix = standardSignedContent(id, timestamp, "");
      return {
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": writeStandardSignatures(
          secretsOf(secret).map((one) => signature(one, prefix, body)),
        ),
      };
    },
  };
}

function read(headers: HeaderSource): Signed {
  const id = requiredHeader(headers, "webhook-id");
  const timestamp = requiredHeader(headers, "webhook-timestamp");
  const signatures = parseStandardSignatures(requiredHeader(headers, "webhook-signature"));
  if (!/^[0-9]{1,12}$/.test(timestamp)) refuseMalformed("webhook-timestamp", "a time in Unix seconds");
  if (signatures === null) refuseMalformed("webhook-signature", "v1,…");
  return { prefix: standardSignedContent(id, timestamp, ""), timestamp, signatures };
}

function contentOf(prefix: string, body: RawBody): Uint8Array {
  if (typeof body === "string") return utf8(prefix + body);
  const start = utf8(prefix);
  const content = new Uint8Array(start.length + body.length);
  content.set(start);
  content.set(body, start.length);
  return content;
}

/** The body of a Standard Webhooks delivery. */
export const standardEvent = (body: RawBody) => parsedObject(body) as unknown as StandardEvent;

/**
 * Standard Webhooks, of this service or any other sender: `standard.webhooks.verify(body, request.headers, secret)`,
 * with a secret `whsec_…`. For a public key `whpk_…` import it from `atlas-webhooks/ed25519`.
 */
export const standard: { readonly webhooks: Webhooks<HeaderSource, StandardEvent> } = {
  webhooks: standardWith(null, standardEvent),
};
