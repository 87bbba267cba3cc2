import { z } from "@hono/zod-openapi";
import { isEventId } from "../domain/ids.ts";
import {
  apiVersion,
  idOf,
  list,
  listOf,
  listQuery,
  stringPairs,
  text,
  time,
  timeInput,
  typePattern,
} from "./fields.ts";

/** 9999-12-31T23:59:59Z: the last second that RFC 3339 can write. */
const LAST_UNIX_SECOND = 253_402_300_799;

const TYPE_FORM = /^[A-Za-z0-9_.-]{1,128}$/;

/** Types of the service itself: not for publishers. */
const RESERVED_PREFIX = "webhooks.";

const example = {
  type: "deal.created",
  data: { id: "deal_8f2a", value: 48000, currency: "USD", stage: "negotiation" },
};

/** An event's type, as it may be published. */
export const publishedType = z
  .string()
  .regex(TYPE_FORM, "must be 1 to 128 of the characters A-Z a-z 0-9 _ . -")
  .refine(
    (type) => !type.startsWith(RESERVED_PREFIX),
    `types under ${RESERVED_PREFIX} are the service's own`,
  );

export const tags = list(text(128), { max: 64 });
export const context = stringPairs({ pairs: 32, keyLength: 256, valueLength: 256 });

/** `data` is only checked to be an object; its text goes on as it was sent. */
const data = z
  .custom<Record<string, unknown>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    {
      error: ({ input }) =>
        input === undefined ? "is required, and must be a JSON object" : "must be a JSON object",
    },
  )
  .openapi({
    type: "object",
    additionalProperties: true,
    description: "The payload: reaches receivers byte for byte as sent.",
  });

export const newEvent = z
  .strictObject({
    type: publishedType.openapi({ example: "deal.created" }),
    data,
    id: z.string().refine(isEventId, "must be evt_ followed by a ULID in upper case").optional().openapi({
      description:
        "The publisher's own id, its time from 24 h ago to 5 min ahead. For 24 h the same id with the same content gives the first answer again, with other content 409.",
    }),
    created: z
      .int()
      .min(0)
      .max(LAST_UNIX_SECOND, "must be Unix seconds, not milliseconds")
      .optional()
      .openapi({ description: "When it happened, Unix seconds; absent = now." }),
    api_version: apiVersion.optional(),
    tags: tags.optional(),
    context: context.optional(),
  })
  .openapi("NewEvent", { example });

/** Events of one batch. */
export const MAX_BATCH = 1000;

/** For the document alone: the publish path reads the events one by one. */
export const newEventBatch = z
  .strictObject({ events: z.array(newEvent).min(1).max(MAX_BATCH) })
  .openapi("NewEventBatch", { example: { events: [example] } });

export const acceptedEvent = z
  .object({
    id: idOf("evt"),
    type: z.string(),
    created: z.int().openapi({ description: "Unix seconds." }),
    endpoints: z.int().openapi({ description: "How many endpoints it goes to." }),
  })
  .openapi("AcceptedEvent", {
    example: {
      id: "evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
      type: "deal.created",
      created: 1763631000,
      endpoints: 2,
    },
  });

export const acceptedBatch = z.object({ events: z.array(acceptedEvent) }).openapi("AcceptedBatch");

export const eventSummary = z
  .object({
    id: idOf("evt"),
    type: z.string(),
    created: z.int(),
    api_version: z.string(),
    tags: z.array(z.string()),
    context: z.record(z.string(), z.string()),
    accepted_at: time,
    endpoints: z.int(),
  })
  .openapi("EventSummary");

export const event = eventSummary
  .extend({ data: z.record(z.string(), z.unknown()).openapi({ description: "Byte for byte as sent." }) })
  .openapi("Event");

export const eventList = listOf(eventSummary).openapi("EventList");

export const eventListQuery = listQuery.extend({
  type: typePattern.optional().openapi({ description: "A type, or a pattern such as `deal.*`." }),
  tag: z.string().max(128).optional(),
  from: timeInput.optional(),
  to: timeInput.optional(),
});

export type EventSummaryBody = z.infer<typeof eventSummary>;
