import { bodySigned } from "../verify/body-signed.ts";
import type { SignatureSource } from "../verify/headers.ts";
import { refuseKind } from "../verify/secrets.ts";
import type { Webhooks } from "../verify/webhooks.ts";

/** An event as the `atomic` dialect delivers it. */
export interface AtomicEvent<Type extends string = string, Data = Record<string, unknown>> {
  /** The attempt's own: new in each. */
  requestId: string;
  environmentId: string;
  webhookId: string;
  isBatched: false;
  /** `id` is the event's: deduplicate by it. */
  data: { id: string; analyticsEvent: Type; endUserId?: string; timestamp: string } & Data;
}

function key(secret: string): string {
  if (!/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(secret))
    refuseKind("the webhook's UUID");
  return secret;
}

/** Customer-engagement cards: the header `X-Atomic-Signature` signs the body alone; deduplicate by `data.id`. */
export const atomic: { readonly webhooks: Webhooks<SignatureSource, AtomicEvent> } = {
  webhooks: bodySigned("X-Atomic-Signature", key),
};
