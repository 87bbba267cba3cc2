import { bodySigned } from "../verify/body-signed.ts";
import type { SignatureSource } from "../verify/headers.ts";
import type { Webhooks } from "../verify/webhooks.ts";

/** An event as the `brokers` dialect delivers it. */
export interface BrokersEvent<Type extends string = string, Data = Record<string, unknown>> {
  event: Type;
  /** ISO 8601, when the event fired: the same in every attempt, deduplicate by it. */
  timestamp: string;
  workspaceId: string;
  data: Data;
}

/**
 * Insurance brokerage: the header `X-Webhook-Secret` signs the body alone, without a time: what was recorded once
 * verifies for ever, so deduplicate by the event's `timestamp`.
 */
export const brokers: { readonly webhooks: Webhooks<SignatureSource, BrokersEvent> } = {
  // The user's own choice of words is the secret.
  webhooks: bodySigned("X-Webhook-Secret", (secret) => secret),
};
