import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { atlasSignedContent, parseAtlasSignature } from "../dialects/atlas-signature.ts";
import {
  anyEquals,
  parsed,
  requireRawText,
  requireRecent,
  type VerifyOptions,
  WebhookVerificationError,
} from "./verification.ts";

/** An event as the `atlas` dialect delivers it. */
export interface AtlasEvent<Type extends string = string, Data = Record<string, unknown>> {
  /** The same in every attempt and replay: deduplicate by it. */
  id: string;
  type: Type;
  /** Unix seconds. */
  created: number;
  api_version: string;
  /** Its place in the endpoint's order, from 1 without gaps; a test has 0. */
  sequence: number;
  /** Integers above 2^53 lose digits here, as in every `JSON.parse`: read them from the body where they matter. */
  data: Data;
}

/**
 * Verifies a delivery of the `atlas` dialect and returns its event, synchronously.
 * `body`: the raw request text. `signatureHeader`: the value of `Atlas-Signature`. `secret`: the endpoint's.
 * Throws WebhookVerificationError if it is not signed with this secret, or not within the tolerance.
 */
function verify<Event extends AtlasEvent = AtlasEvent>(
  body: string,
  signatureHeader: string | null | undefined,
  secret: string,
  options: VerifyOptions = {},
): Event {
  requireRawText(body);
  if (!secret) throw new WebhookVerificationError("no secret was given");
  if (!signatureHeader) throw new WebhookVerificationError("the Atlas-Signature header is missing");
  const header = parseAtlasSignature(signatureHeader);
  if (header === null) throw new WebhookVerificationError("the Atlas-Signature header is not t=…,v1=…");
  const content = utf8ToBytes(atlasSignedContent(header.timestamp, body));
  const expected = bytesToHex(hmac(sha256, utf8ToBytes(secret), content));
  if (!anyEquals(header.signatures, expected)) {
    throw new WebhookVerificationError("no signature in Atlas-Signature belongs to this body and secret");
  }
  requireRecent(header.timestamp, options);
  return parsed<Event>(body);
}

export const atlas = { webhooks: { verify } };
