import type { OutgoingDelivery } from "../domain/delivery.ts";
import {
  type ReceivedRequest,
  type SignatureVerdict,
  verdictOnHeader,
  verdictOnTime,
} from "../domain/received-request.ts";
import { ATLAS_DELAYS_SECONDS } from "./atlas.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { jsonRequest, reserved } from "./request.ts";
import { asciiSecretProblem, newSecret } from "./secret.ts";
import { hmacBase64, hmacHex } from "./signature.ts";

/** Customer-support conversations: the payload travels as a string inside the body. */
export const support: Dialect = {
  defaults: { retry: { delays: ATLAS_DELAYS_SECONDS, jitter: 0 }, disableAfterFailures: null },
  secret: { presence: "generated", oneSignature: true, generate: newSecret, problem: asciiSecretProblem },
  // The contract's prose says base64, its code says hex: most receivers were copied from the code.
  options: { signature_encoding: ["hex", "base64"] },
  build,
  verdict,
  reservedHeaders: reserved(
    "X-Atlas-Webhook-Signature",
    "X-Atlas-Webhook-Signature-Timestamp",
    "X-Atlas-Webhook-Timestamp",
  ),
};

function build({ event }: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  const body = asciiJson({ event: event.type, data: event.data });
  const timestamp = floatText(signing.nowMs);
  const [secret] = signing.secrets;
  if (secret === undefined) return jsonRequest(body, {});
  const hmac = signing.options.signature_encoding === "base64" ? hmacBase64 : hmacHex;
  return jsonRequest(body, {
    "X-Atlas-Webhook-Signature": hmac(secret, `${timestamp}.${body}`),
    // The contract's two revisions name this header differently.
    "X-Atlas-Webhook-Signature-Timestamp": timestamp,
    "X-Atlas-Webhook-Timestamp": timestamp,
  });
}

function verdict({ headers, body, at }: ReceivedRequest, secret: string): SignatureVerdict {
  const given = headers["x-atlas-webhook-signature"];
  const timestamp = headers["x-atlas-webhook-signature-timestamp"] ?? headers["x-atlas-webhook-timestamp"];
  if (!given || !timestamp) return "header_missing";
  const content = `${timestamp}.${body}`;
  // An option of the endpoint says which; a receiver can tell by the header itself.
  const isHex = /^[0-9a-f]{64}$/.test(given);
  const signed = verdictOnHeader(given, isHex ? hmacHex(secret, content) : hmacBase64(secret, content));
  return signed === "valid" ? verdictOnTime(Number(timestamp), at) : signed;
}

/**
 * Unix seconds as Python writes a float: receivers read the header as one and sign what they print again. Both
 * languages print the shortest digits that give the same double; only whole numbers differ (`1.0`).
 */
function floatText(timeMs: number): string {
  const text = String(timeMs / 1000);
  return text.includes(".") ? text : `${text}.0`;
}

/** JSON in pure ASCII: the contract's own verifier encodes the body as ASCII, and fails otherwise. */
function asciiJson(value: Record<string, string>): string {
  return JSON.stringify(value).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
