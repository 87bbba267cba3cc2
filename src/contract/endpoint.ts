import { z } from "@hono/zod-openapi";
import type { auth } from "./endpoint-auth.ts";
import { endpointFields, endpointStatus, subscriptionFields } from "./endpoint-fields.ts";
import { endpointHealth } from "./endpoint-health.ts";
import { eventSummary, newEvent } from "./event.ts";
import { schemasOf, shownSchemasOf } from "./field-row.ts";
import { asShown, idOf, list, listOf, listQuery, orDefault, timeOf } from "./fields.ts";

/** What the service says of an endpoint. */
const readOnly = {
  id: idOf("ep"),
  status_reason: z.string().nullable().openapi({
    description:
      "Why the service itself paused or disabled it: gone, consecutive_failures, dead_letter or listener_left.",
  }),
  health: endpointHealth.nullable().openapi({ description: "Null until something was attempted." }),
  created_at: timeOf("When it was made."),
  updated_at: timeOf("When its settings last changed."),
};

/** The fields that a change may carry only as they are shown. */
export const READ_ONLY_FIELDS = Object.keys(readOnly);

const secret = z.string().min(1).max(1024).nullable().openapi({
  description:
    "Write only. Absent = generated; null = none, where the dialect allows it. In a change it is a rotation with a grace of 24 hours; null ends all secrets at once.",
});

/** An answer may be sent back as it is. */
const pastWarnings = list(z.unknown(), { max: 200 }).openapi({
  readOnly: true,
  description: "Those of an earlier answer; they count for nothing.",
});

const example = { url: "https://example.com/webhooks", types: ["deal.*"], serialize: true };

/** `null` puts back a field's default, unless the field's own schema takes `null`: there it is a value. */
export const endpointChange = z
  .strictObject({
    ...orDefault(schemasOf(endpointFields)),
    secret,
    warnings: pastWarnings,
    ...asShown(readOnly),
  })
  .partial()
  .openapi("EndpointChange", { example: { status: "paused" } });

/** A URL is required where one is called, which its transport says: `src/endpoints/rules.ts`. */
export const newEndpoint = endpointChange.openapi("NewEndpoint", { example });

/** The conditions of an endpoint and an event that may not have been published. */
export const endpointPreview = z
  .strictObject(schemasOf(subscriptionFields))
  .partial()
  .extend({ event: newEvent })
  .openapi("EndpointPreview", {
    example: {
      types: ["deal.*"],
      filter: "deal.value > 10000",
      event: { type: "deal.created", data: { id: "deal_8f2a", value: 48000 } },
    },
  });

export const previewAnswer = z
  .object({
    matches: z.boolean().openapi({ description: "Whether the endpoint would get the event." }),
    reason: z.string().nullable().openapi({
      description: "The first condition that does not hold, and why; null = all hold.",
      example: "filter: no such key: deal.value",
    }),
  })
  .openapi("PreviewAnswer");

/** The conditions of an endpoint, to be tried on what was published. */
export const newestPreview = z
  .strictObject(schemasOf(subscriptionFields))
  .partial()
  .extend({ limit: z.int().min(1).max(100).default(100).openapi({ description: "Events to try." }) })
  .openapi("NewestPreview", { example: { types: ["deal.*"], filter: "deal.value > 10000" } });

export const newestPreviewAnswer = z
  .object({
    taken: z.int().openapi({ description: "Events that the endpoint would get." }),
    tried: z.int().openapi({ description: "Of so many: fewer than `limit` where there are no more." }),
    events: z
      .array(
        eventSummary
          .extend({
            excerpt: z.string().openapi({ description: "How its data begins, at most 200 characters." }),
            ...previewAnswer.shape,
          })
          .openapi("TriedEvent"),
      )
      .openapi({ description: "Newest first." }),
  })
  .openapi("NewestPreviewAnswer");

export const endpoint = z.object({ ...shownSchemasOf(endpointFields), ...readOnly }).openapi("Endpoint");

const warnings = z
  .array(
    z.object({
      path: z.string().openapi({ description: "The field, as `types[0]`." }),
      message: z.string().openapi({ description: "What looks wrong with it." }),
    }),
  )
  .optional()
  .openapi({
    description:
      "What was taken, but looks like a slip: names in `types` of which the workspace has no event type. Absent = nothing.",
    example: [{ path: "types[0]", message: "deal.creatd is not one of the workspace's event types" }],
  });

export const changedEndpoint = endpoint.extend({ warnings }).openapi("ChangedEndpoint");

export const createdEndpoint = changedEndpoint
  .extend({ secret: z.string().nullable().openapi({ description: "What deliveries are signed with." }) })
  .openapi("CreatedEndpoint");

export const endpointList = listOf(endpoint).openapi("EndpointList");

export const endpointListQuery = listQuery.extend({
  status: endpointStatus.optional().openapi({ description: "Only those of this status." }),
  dialect: z.string().max(64).optional().openapi({ description: "Only those of this dialect." }),
  q: z
    .string()
    .max(256)
    .optional()
    .openapi({ description: "Found in the URL or the description, whatever the case, in every script." }),
});

export type EndpointChangeBody = z.infer<typeof endpointChange>;
export type EndpointBody = z.infer<typeof endpoint>;
export type AuthBody = z.infer<typeof auth>;
