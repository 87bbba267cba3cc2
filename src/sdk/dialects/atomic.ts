import { parsedObject } from "../verify/body.ts";
import { type SignatureSource, signatureOf } from "../verify/headers.ts";
import { hmacsOf, isHmac } from "../verify/hmac-rule.ts";
import { wrongKind } from "../verify/secrets.ts";
import { verificationBy, type Webhooks } from "../verify/webhooks.ts";

/** An event as the `atomic` dialect delivers it. */
export interface AtomicEvent<Type extends string = string, Data = Record<string, unknown>> {
  /** Of the attempt: new in each. */
  requestId: string;
  environmentId: string;
  webhookId: string;
  isBatched: false;
  /** `id` is the event's: deduplicate by it. */
  data: { id: string; analyticsEvent: Type; endUserId?: string; timestamp: string } & Data;
}

function key(secret: string): string {
  if (!/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(secret)) wrongKind("the webhook's UUID");
  return secret;
}

const verification = verificationBy({
  key,
  read: (source: SignatureSource) => ({
    prefix: "",
    timestamp: null,
    signatures: [signatureOf(source, "x-atomic-signature")],
  }),
  isSigned: isHmac("hex"),
  event: (body) => parsedObject(body) as unknown as AtomicEvent,
});

/** Customer-engagement cards: the header `X-Atomic-Signature` signs the body alone; deduplicate by `data.id`. */
export const atomic: { readonly webhooks: Webhooks<SignatureSource, AtomicEvent> } = {
  webhooks: {
    ...verification,
    sign: (body, secret) => ({ "X-Atomic-Signature": hmacsOf(secret, key, "", body, "hex")[0] }),
  },
};
