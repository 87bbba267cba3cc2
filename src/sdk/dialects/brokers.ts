import { parsedObject } from "../verify/body.ts";
import { type SignatureSource, signatureOf } from "../verify/headers.ts";
import { hmacsOf, isHmac } from "../verify/hmac-rule.ts";
import { verificationBy, type Webhooks } from "../verify/webhooks.ts";

/** An event as the `brokers` dialect delivers it. */
export interface BrokersEvent<Type extends string = string, Data = Record<string, unknown>> {
  event: Type;
  /** ISO 8601, when the event fired: the same in every attempt, deduplicate by it. */
  timestamp: string;
  workspaceId: string;
  data: Data;
}

/** The user's own choice of words is the secret. */
const key = (secret: string) => secret;

const verification = verificationBy({
  key,
  read: (source: SignatureSource) => ({
    prefix: "",
    timestamp: null,
    signatures: [signatureOf(source, "x-webhook-secret")],
  }),
  isSigned: isHmac("hex"),
  event: (body) => parsedObject(body) as unknown as BrokersEvent,
});

/**
 * Insurance brokerage: the header `X-Webhook-Secret` signs the body alone, without a time: what was recorded once
 * verifies for ever, so deduplicate by the event's `timestamp`.
 */
export const brokers: { readonly webhooks: Webhooks<SignatureSource, BrokersEvent> } = {
  webhooks: {
    ...verification,
    sign: (body, secret) => ({ "X-Webhook-Secret": hmacsOf(secret, key, "", body, "hex")[0] }),
  },
};
