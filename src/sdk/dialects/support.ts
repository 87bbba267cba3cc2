import { parsedObject, type RawBody } from "../verify/body.ts";
import { anyEquals } from "../verify/comparison.ts";
import { WebhookVerificationError } from "../verify/error.ts";
import { type HeaderSource, headerOf, refuseMalformed, requiredHeader } from "../verify/headers.ts";
import { hmacOf } from "../verify/hmac.ts";
import { hmacsOf } from "../verify/hmac-rule.ts";
import { textKey } from "../verify/secrets.ts";
import { type Signed, verificationBy, type Webhooks } from "../verify/webhooks.ts";

/** An event as the `support` dialect delivers it; its payload, a string inside the body, is parsed here. */
export interface SupportEvent<Topic extends string = string, Data = Record<string, unknown>> {
  event: Topic;
  data: Data;
}

const SIGNATURE = "x-atlas-webhook-signature";
/** The contract's two revisions name it differently; both are sent. */
const TIMESTAMP = "x-atlas-webhook-signature-timestamp";
const LATER_TIMESTAMP = "x-atlas-webhook-timestamp";

const HEX_LENGTH = 64;

function read(headers: HeaderSource): Signed {
  const signature = requiredHeader(headers, SIGNATURE);
  const timestamp = headerOf(headers, TIMESTAMP) ?? requiredHeader(headers, LATER_TIMESTAMP);
  // Python's text of a float; the text is signed as it is.
  if (!/^[0-9]{1,12}(?:\.[0-9]{1,9})?$/.test(timestamp)) refuseMalformed(TIMESTAMP, "a time in Unix seconds");
  return { prefix: `${timestamp}.`, timestamp, signatures: [signature] };
}

/** Endpoints sign in hex or, by their option `signature_encoding`, in base64; the length tells which. */
function isSigned({ prefix, signatures }: Signed, body: RawBody, key: string): boolean {
  const encoding = signatures[0]?.length === HEX_LENGTH ? "hex" : "base64";
  return anyEquals(signatures, hmacOf(key, prefix, body, encoding));
}

function event(body: RawBody): SupportEvent {
  const { data, ...rest } = parsedObject(body);
  if (typeof data !== "string") {
    throw new WebhookVerificationError("not_json", "The body's data is no JSON in a string");
  }
  return { ...rest, data: parsedObject(data) } as unknown as SupportEvent;
}

/** Customer-support conversations: `support.webhooks.verify(body, request.headers, secret)`. */
export const support: { readonly webhooks: Webhooks<HeaderSource, SupportEvent> } = {
  webhooks: {
    ...verificationBy({ key: textKey, read, isSigned, event }),
    sign(body, secret, { now = Date.now() } = {}) {
      const text = String(now / 1000);
      const timestamp = text.includes(".") ? text : `${text}.0`;
      return {
        "X-Atlas-Webhook-Signature": hmacsOf(secret, textKey, `${timestamp}.`, body, "hex")[0],
        "X-Atlas-Webhook-Signature-Timestamp": timestamp,
        "X-Atlas-Webhook-Timestamp": timestamp,
      };
    },
  },
};
