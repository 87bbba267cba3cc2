import type { OutgoingDelivery } from "../domain/delivery.ts";
import { type ReceivedRequest, type SignatureVerdict, verdictOnTime } from "../domain/received-request.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { ed25519Base64, ed25519PublicKey } from "./ed25519.ts";
import { ORDER_HEADERS, orderHeaders } from "./order-headers.ts";
import { jsonRequest, reserved } from "./request.ts";
import { newSecret } from "./secret.ts";
import { hmacBase64 } from "./signature.ts";
import {
  PRIVATE_KEY_PREFIX,
  PUBLIC_KEY_PREFIX,
  parseStandardSignatures,
  type StandardSignature,
  SYMMETRIC_PREFIX,
  standardKeyBytes,
  standardSignedContent,
  writeStandardSignatures,
} from "./standard-signature.ts";

/** The names of the headers that sign a request. */
export const STANDARD_HEADERS = ["webhook-id", "webhook-timestamp", "webhook-signature"] as const;

/** Standard Webhooks. A `whsec_` secret signs with HMAC-SHA256 (`v1`), a `whsk_` key with ed25519 (`v1a`). */
export const standard: Dialect = {
  defaults: {
    // The specification's example schedule: 10 attempts over 75 h 35 min.
    retry: { delays: [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400], jitter: 0.1 },
    disableAfterFailures: null,
  },
  secret: { presence: "generated", generate: newSecret, problem, publicKey: publicKeyOf },
  options: { order_headers: onOrOff },
  build,
  verdict,
  reservedHeaders: reserved(...STANDARD_HEADERS, ...ORDER_HEADERS),
};

/** The `whpk_` key with which a receiver verifies what a `whsk_` key signed; null if the secret is not such a key. */
export function publicKeyOf(secret: string): string | null {
  const key = standardKeyBytes(secret, PRIVATE_KEY_PREFIX);
  if (key === null || (key.length !== 32 && key.length !== 64)) return null;
  return PUBLIC_KEY_PREFIX + Buffer.from(ed25519PublicKey(key)).toString("base64");
}

function verdict({ headers, body, at }: ReceivedRequest, secret: string): SignatureVerdict {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures) return "header_missing";
  const signed = parseStandardSignatures(signatures);
  if (signed === null || !/^[0-9]{1,12}$/.test(timestamp)) return "header_malformed";
  // Both schemes sign the same content the same way each time, so what is signed again can be compared.
  const expected = writeStandardSignatures([
    signStandard(secret, standardSignedContent(id, timestamp, body)),
  ]);
  return signed.includes(expected) ? verdictOnTime(Number(timestamp), at) : "no_match";
}

/** What is wrong with a value of `order_headers`: whether the headers of an order by key are sent; absent = they are not. */
function onOrOff(value: string): string | null {
  return value === "on" || value === "off" ? null : "must be on or off";
}

function build(delivery: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  const { event } = delivery;
  const envelope = JSON.stringify({
    type: event.type,
    timestamp: new Date(event.created * 1000).toISOString(),
  });
  const body = `${envelope.slice(0, -1)},"data":${event.data}}`;
  const ordered = signing.options.order_headers === "on" ? orderHeaders(delivery) : {};
  return jsonRequest(body, { ...standardHeaders(event.id, body, signing), ...ordered });
}

/** The headers that sign a body. */
export function standardHeaders(
  id: string,
  body: string,
  { secrets, nowMs }: Pick<SigningContext, "secrets" | "nowMs">,
): Record<(typeof STANDARD_HEADERS)[number], string> {
  const timestamp = String(Math.floor(nowMs / 1000));
  const content = standardSignedContent(id, timestamp, body);
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": writeStandardSignatures(secrets.map((secret) => signStandard(secret, content))),
  };
}

/** The signature of the signed content in the scheme of this secret. Throws TypeError if it is neither `whsec_` nor `whsk_`. */
export function signStandard(secret: string, content: string): StandardSignature {
  const symmetric = standardKeyBytes(secret, SYMMETRIC_PREFIX);
  if (symmetric !== null) return { scheme: "v1", base64: hmacBase64(symmetric, content) };
  const asymmetric = standardKeyBytes(secret, PRIVATE_KEY_PREFIX);
  if (asymmetric !== null) return { scheme: "v1a", base64: ed25519Base64(asymmetric, content) };
  throw new TypeError("the secret is neither whsec_ nor whsk_ followed by base64");
}

function problem(secret: string): string | null {
  if (secret.startsWith(PRIVATE_KEY_PREFIX)) return privateKeyProblem(secret);
  const key = standardKeyBytes(secret, SYMMETRIC_PREFIX);
  return key !== null && key.length >= 24 && key.length <= 64
    ? null
    : "must be whsec_ followed by base64 of 24 to 64 bytes, or whsk_ followed by base64 of an ed25519 private key";
}

function privateKeyProblem(secret: string): string | null {
  const key = standardKeyBytes(secret, PRIVATE_KEY_PREFIX);
  if (key?.length === 32) return null;
  if (key?.length !== 64)
    return "must be whsk_ followed by base64 of 32 bytes (a seed) or 64 (the seed and its public key)";
  return Buffer.compare(key.subarray(32), ed25519PublicKey(key)) === 0
    ? null
    : "the public half of this whsk_ key does not belong to its seed";
}
