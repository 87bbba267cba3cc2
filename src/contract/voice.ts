import { z } from "@hono/zod-openapi";
import { idOf, text } from "./fields.ts";

/* The subscribe API of the voice contract: camelCase, as it is elsewhere. */

/** Stands for every campaign. */
export const EVERY_CAMPAIGN = "*";

/** The contract's four. */
const triggers = ["call_started", "call_completed", "message_received", "message_sent"];

const campaignId = text(256).openapi({
  description: "`*` = every campaign.",
  example: "cmp_spring_renewals",
});
const triggerName = z.enum(triggers).openapi({ description: "The event type.", example: "call_completed" });
const provider = z.literal("custom").openapi({ description: "The contract's only one." });

/** The four values that name a subscription. */
export const voiceSubscription = z
  .object({
    hookUrl: text(2048).openapi({
      description: "Where deliveries go, an https URL.",
      example: "https://example.com/hooks/8c1f0a6e5b7d",
    }),
    campaignId,
    triggerName,
    provider: provider.default("custom"),
  })
  .openapi("VoiceSubscription", {
    example: {
      hookUrl: "https://example.com/hooks/8c1f0a6e5b7d",
      campaignId: "cmp_spring_renewals",
      triggerName: "call_completed",
      provider: "custom",
    },
  });

export const voiceSubscribed = z
  .object({ id: idOf("ep"), campaignId, triggerName })
  .openapi("VoiceSubscribed");

export const voiceUnsubscribed = z.object({}).openapi("VoiceUnsubscribed");

export const voiceList = z
  .array(
    z.object({
      id: idOf("ep"),
      hookUrl: z.string().openapi({ description: "Masked.", example: "https://example.com/hook***" }),
      campaignId,
      triggerName,
      provider,
    }),
  )
  .openapi("VoiceList");

export const voiceListQuery = z.object({ campaignId });

export const voiceSampleQuery = z.object({ campaignId, triggerName });

/** The body of a delivery: one event in an array. */
export const voiceSample = z.array(z.record(z.string(), z.unknown())).openapi("VoiceSample");

export type VoiceSubscription = z.output<typeof voiceSubscription>;
