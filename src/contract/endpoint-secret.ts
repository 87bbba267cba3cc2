import { z } from "@hono/zod-openapi";
import { time, timeInput } from "./fields.ts";

/** What `switch_at` takes beside a time. */
export const SWITCH_NOW = "now";

const signing = z
  .array(
    z.object({
      secret: z.string().openapi({ description: "One of the endpoint's secrets." }),
      from: time.nullable().openapi({ description: "When it begins to sign; null = it does already." }),
      until: time.nullable().openapi({ description: "When it ceases to sign; null = at no time set yet." }),
    }),
  )
  .openapi({
    description:
      "What signs, in the order in which it begins. With `brokers`, `atomic` and `support` one secret after the other, with the other dialects all together.",
  });

const switchAt = time.nullable().openapi({
  description:
    "When `secret` begins to sign in place of the earlier one, where a dialect's header holds one signature; null = it signs already.",
});

export const endpointSecret = z
  .object({
    secret: z.string().nullable().openapi({ description: "The newest; null = the endpoint has none." }),
    public_key: z.string().nullable().openapi({
      description: "The `whpk_` key that verifies what a `whsk_` secret signs; null for any other secret.",
    }),
    switch_at: switchAt,
    signing,
    previous: z
      .array(
        z.object({
          secret: z.string().openapi({ description: "An earlier secret." }),
          expires_at: time.openapi({ description: "When its time of grace ends." }),
        }),
      )
      .openapi({ description: "Those in their time of grace, which receivers should still accept." }),
  })
  .openapi("EndpointSecret");

export const secretRotation = z
  .strictObject({
    secret: z.string().min(1).max(1024).optional().openapi({ description: "Absent = generated." }),
    grace_hours: z.number().min(0).max(168).optional().openapi({
      default: 24,
      description:
        "How long the previous secret stays valid, and no earlier secret longer. 0 ends all earlier secrets at once.",
    }),
    switch_at: z
      .union([z.literal(SWITCH_NOW), timeInput])
      .optional()
      .openapi({
        description:
          "For `brokers`, `atomic` and `support`, whose header holds one signature: until then the previous secret signs, from then on the new one. A time, or `now`; absent = the end of the grace.",
      }),
  })
  .openapi("SecretRotation", { example: { grace_hours: 24 } });

export const rotatedSecret = z
  .object({
    secret: z.string().openapi({ description: "The new secret." }),
    previous_expires_at: time
      .nullable()
      .openapi({ description: "When the grace of the one before ends; null = there is none in its grace." }),
    switch_at: switchAt,
    signing,
  })
  .openapi("RotatedSecret");

export type SecretRotation = z.output<typeof secretRotation>;
