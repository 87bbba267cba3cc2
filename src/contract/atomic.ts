import { z } from "@hono/zod-openapi";
import { DELIVERY_METHODS } from "../domain/endpoint.ts";
import { attemptOutcome } from "./delivery.ts";
import { publishedType } from "./event.ts";
import { idOf, list, stringPairs, text, timeOf } from "./fields.ts";

/* The API of the atomic contract: camelCase, and `data` around what it answers, as it is elsewhere. */

const types = list(publishedType, { min: 1, max: 200 }).openapi({
  description: "The event types to get, by their names.",
  example: ["card-published", "card-completed"],
});
const url = text(2048).openapi({
  description: "Where deliveries go, an https URL.",
  example: "https://example.com/cards",
});
const headers = z.record(z.string(), z.string()).openapi({
  description: "Sent with every delivery. In answers their values read `***`.",
  example: { "My-Custom-Header": "123" },
});

const example = {
  types: ["card-published", "card-completed"],
  url: "https://example.com/cards",
  headers: { "My-Custom-Header": "123" },
};

/** Which cards a subscription is for. */
const card = {
  cardTemplateId: text(256).optional().openapi({ description: "Only events of this card template." }),
  actionFlowConfigId: text(256).optional().openapi({ description: "Only events of this Action Flow." }),
};
const method = z.enum(DELIVERY_METHODS).openapi({ description: "How deliveries are sent." });

export const newWebhook = z
  .object({
    types,
    url,
    headers: stringPairs({ pairs: 32, keyLength: 128, valueLength: 4096 })
      .optional()
      .openapi({ description: "Sent with every delivery." }),
    ...card,
    method: method.optional(),
  })
  .openapi("NewWebhook", { example });

const details = z
  .object({
    id: idOf("ep"),
    types,
    url,
    headers,
    secret: z.string().optional().openapi({
      description:
        "In lists only for the role `workbench`. During a rotation the one that signs until its switch-over.",
      example: "0217309e-3c74-41b5-82e9-bd60e5db9bdb",
    }),
    created: timeOf("When it was made."),
    updated: timeOf("When it was last changed."),
  })
  .openapi("Webhook", { description: "A subscription." });

const listed = details
  .extend({
    ...card,
    method,
    disabled: z.boolean().openapi({
      description: "Whether it gets nothing; it can be enabled again, or deleted, through /v1.",
    }),
  })
  .openapi("ListedWebhook");

export const webhook = z.object({ data: details }).openapi("WebhookAnswer");

export const webhookList = z
  .object({ data: z.array(listed).openapi({ description: "All subscriptions of the environment." }) })
  .openapi("WebhookList");

export const webhookTest = z
  .object({
    data: z
      .object({
        outcome: attemptOutcome,
        error: z
          .string()
          .nullable()
          .openapi({ description: "Why it failed, by its code; null = it did not." }),
        statusCode: z
          .int()
          .nullable()
          .openapi({ description: "The status of the receiver's answer; null = there was none." }),
        durationMs: z.number().openapi({ description: "From the request to the end of the answer." }),
      })
      .openapi({ description: "The attempt." }),
  })
  .openapi("WebhookTest");

const hourText = z.string().max(40).openapi({
  description: "A time (RFC 3339), or a day or an hour of UTC: `2020-03-27`, `2020-03-27T01`.",
  example: "2020-03-27T01",
});

export const batchedQuery = z.object({
  from: hourText,
  to: hourText,
  format: z
    .enum(["ndjson", "csv"])
    .default("ndjson")
    .openapi({ description: "What the files hold: a JSON object or a row of CSV for each event." }),
});

export const batchedFiles = z
  .object({
    data: z.record(z.string(), z.array(z.string())).openapi({
      description:
        "Links by the hour that ended, in UTC: 01:00–02:00 is `T02`. They expire after 15 minutes.",
      example: { "2020-03-27T01": ["https://…/analytics/files/2020-03-27T01.ndjson?expires=…&signature=…"] },
    }),
  })
  .openapi("BatchedFiles");

export type NewWebhookBody = z.output<typeof newWebhook>;
export type WebhookDetails = z.infer<typeof details>;
export type ListedWebhook = z.infer<typeof listed>;
