import { type CloudEvent, cloudEvent } from "./dialects/cloudevents.ts";
import { type StandardEvent, standardEvent, standardWith } from "./dialects/standard.ts";
import { ed25519 } from "./verify/ed25519.ts";
import type { HeaderSource } from "./verify/headers.ts";
import type { Webhooks } from "./verify/webhooks.ts";

export type { CloudEvent, StandardEvent };

/** Standard Webhooks with both schemes: secrets `whsec_…`, and senders' public keys `whpk_…`. */
export const standard: { readonly webhooks: Webhooks<HeaderSource, StandardEvent> } = {
  webhooks: standardWith(ed25519, standardEvent),
};

/** CloudEvents with both schemes. */
export const cloudevents: { readonly webhooks: Webhooks<HeaderSource, CloudEvent> } = {
  webhooks: standardWith(ed25519, cloudEvent),
};
