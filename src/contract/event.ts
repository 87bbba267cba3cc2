import { z } from "@hono/zod-openapi";
import { OPERATIONAL_PREFIX } from "../domain/operational.ts";
import {
  apiVersion,
  idOf,
  list,
  listOf,
  listQuery,
  span,
  stringPairs,
  text,
  timeOf,
  typePattern,
} from "./fields.ts";

/** 9999-12-31T23:59:59Z: the last second that RFC 3339 can write. */
const LAST_UNIX_SECOND = 253_402_300_799;

const TYPE_FORM = /^[A-Za-z0-9_.-]{1,128}$/;

const example = {
  type: "deal.created",
  data: { id: "deal_8f2a", value: 48000, currency: "USD", stage: "negotiation" },
};

/** An event's type, the service's own among them. */
export const eventTypeName = z
  .string()
  .regex(TYPE_FORM, "must be 1 to 128 of the characters A-Z a-z 0-9 _ . -");

/** An event's type, as it may be published. */
export const publishedType = eventTypeName.refine(
  (type) => !type.startsWith(OPERATIONAL_PREFIX),
  `types under ${OPERATIONAL_PREFIX} are the service's own`,
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

/** Characters, not the units of UTF-16: as JSON Schema counts them. */
const MAX_OWN_ID = 256;

/** What an event can be called by its publisher, and in a path of the API. */
export const givenEventId = z.string().superRefine((id, context) => {
  const message = problemOfId(id);
  if (message !== null) context.addIssue({ code: "custom", message });
});

function problemOfId(id: string): string | null {
  if (id === "" || (id.length > MAX_OWN_ID && [...id].length > MAX_OWN_ID))
    return `must have 1 to ${MAX_OWN_ID} characters`;
  if (!id.isWellFormed()) return "must not hold half of a surrogate pair";
  if (/\p{Cc}/u.test(id)) return "must not hold control characters";
  return id === "." || id === ".." ? "must not be . or .., which no URL can name" : null;
}

export const newEvent = z
  .strictObject({
    type: publishedType.openapi({
      description: "What happened; endpoints subscribe by it.",
      example: "deal.created",
    }),
    data,
    id: givenEventId.optional().openapi({
      ...{ type: "string", minLength: 1, maxLength: 256 },
      description:
        "The publisher's own id, any text. For 24 h the same id with the same content gives the first answer again, with other content 409. One of the form `evt_` + ULID has a time from 24 h ago to 5 min ahead.",
    }),
    created: z
      .int()
      .min(0)
      .max(LAST_UNIX_SECOND, "must be Unix seconds, not milliseconds")
      .optional()
      .openapi({ description: "When it happened, Unix seconds; absent = now." }),
    api_version: apiVersion.optional(),
    tags: tags.optional().openapi({ description: "Words that endpoints may subscribe by, up to 64." }),
    context: context.optional().openapi({
      description: "Pairs that endpoints may subscribe by, as `team`: `eu`; up to 32.",
    }),
  })
  .openapi("NewEvent", { description: "An event to publish.", example });

/** Events of one batch. */
export const MAX_BATCH = 1000;

/** For the document alone: the publish path reads the events one by one. */
export const newEventBatch = z
  .strictObject({
    events: z
      .array(newEvent)
      .min(1)
      .max(MAX_BATCH)
      .openapi({ description: "All are accepted, in this order, or none." }),
  })
  .openapi("NewEventBatch", { example: { events: [example] } });

/** How an event is called. */
const names = {
  id: idOf("evt").openapi({ description: "What its publisher calls it; where it gave no id, `event_id`." }),
  event_id: idOf("evt").openapi({
    description:
      "`evt_` + ULID: what deliveries name and receivers get. The publisher's own id, if of that form.",
  }),
};

export const acceptedEvent = z
  .object({
    ...names,
    type: z.string().openapi({ description: "What happened." }),
    created: z.int().openapi({ description: "Unix seconds." }),
    endpoints: z.int().openapi({ description: "How many endpoints it goes to." }),
  })
  .openapi("AcceptedEvent", {
    example: {
      id: "order-17-paid",
      event_id: "evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
      type: "deal.created",
      created: 1763631000,
      endpoints: 2,
    },
  });

export const acceptedBatch = z
  .object({ events: z.array(acceptedEvent).openapi({ description: "In the order of the request." }) })
  .openapi("AcceptedBatch");

export const eventSummary = z
  .object({
    ...names,
    type: z.string().openapi({ description: "What happened." }),
    created: z.int().openapi({ description: "When it happened, Unix seconds." }),
    api_version: z.string().openapi({ description: "The version of the payload's shape, a date." }),
    tags: z.array(z.string()).openapi({ description: "As they were published." }),
    context: z.record(z.string(), z.string()).openapi({ description: "As it was published." }),
    accepted_at: timeOf("When it was accepted: the order of the log."),
    endpoints: z.int().openapi({ description: "How many endpoints it went to." }),
  })
  .openapi("EventSummary");

export const event = eventSummary
  .extend({ data: z.record(z.string(), z.unknown()).openapi({ description: "Byte for byte as sent." }) })
  .openapi("Event");

export const eventList = listOf(eventSummary).openapi("EventList");

export const eventListQuery = listQuery.extend({
  type: typePattern.optional().openapi({ description: "A type, or a pattern such as `deal.*`." }),
  tag: z.string().max(128).optional().openapi({ description: "Only those with this tag." }),
  ...span,
});

export type EventSummaryBody = z.infer<typeof eventSummary>;

/** What `{id}` is in the path of an event. */
export const EVENT_IN_PATH = { id: "The id of the event: ours, or what its publisher calls it." };
