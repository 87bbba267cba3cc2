import type { OutgoingDelivery } from "../domain/delivery.ts";
import { type ReceivedRequest, type SignatureVerdict, verdictOnTime } from "../domain/received-request.ts";
import { atlasSignedContent, parseAtlasSignature, writeAtlasSignature } from "./atlas-signature.ts";
import type { Dialect, OutgoingRequest, SigningContext } from "./dialect.ts";
import { ORDER_HEADERS, orderHeaders } from "./order-headers.ts";
import { jsonRequest, reserved } from "./request.ts";
import { asciiSecretProblem, newSecret } from "./secret.ts";
import { hmacHex } from "./signature.ts";

/** Seconds between attempts: 9 attempts, the last 38 h 36 min 40 s after the first. */
export const ATLAS_DELAYS_SECONDS = [10, 30, 60, 300, 1800, 7200, 43_200, 86_400];

/** The native contract. Its signature carries the attempt's time, so that a retry a day later still verifies. */
export const atlas: Dialect = {
  defaults: { retry: { delays: ATLAS_DELAYS_SECONDS, jitter: 0 }, disableAfterFailures: null },
  secret: { presence: "generated", generate: newSecret, problem: asciiSecretProblem },
  options: {},
  build,
  verdict,
  reservedHeaders: reserved(
    "Atlas-Event",
    "Atlas-Delivery",
    "Atlas-Signature",
    "Atlas-Attempt",
    "Atlas-Sequence",
    "Atlas-Replay",
    ...ORDER_HEADERS,
  ),
};

function verdict({ headers, body, at }: ReceivedRequest, secret: string): SignatureVerdict {
  const given = headers["atlas-signature"];
  if (!given) return "header_missing";
  const header = parseAtlasSignature(given);
  if (header === null) return "header_malformed";
  const expected = hmacHex(secret, atlasSignedContent(header.timestamp, body));
  return header.signatures.includes(expected) ? verdictOnTime(Number(header.timestamp), at) : "no_match";
}

function build(delivery: OutgoingDelivery, signing: SigningContext): OutgoingRequest {
  const { event, sequence, attempt, isReplay } = delivery;
  const envelope = JSON.stringify({
    id: event.id,
    type: event.type,
    created: event.created,
    api_version: event.apiVersion,
    sequence,
  });
  const body = `${envelope.slice(0, -1)},"data":${event.data}}`;
  const timestamp = String(Math.floor(signing.nowMs / 1000));
  const content = atlasSignedContent(timestamp, body);
  return jsonRequest(body, {
    "Atlas-Event": event.type,
    "Atlas-Delivery": event.id,
    "Atlas-Signature": writeAtlasSignature(
      timestamp,
      signing.secrets.map((secret) => hmacHex(secret, content)),
    ),
    "Atlas-Attempt": String(attempt),
    "Atlas-Sequence": String(sequence),
    ...orderHeaders(delivery),
    ...(isReplay ? { "Atlas-Replay": "true" } : {}),
  });
}
