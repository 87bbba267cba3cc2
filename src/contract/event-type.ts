import { z } from "@hono/zod-openapi";
import { readTape } from "../domain/json-tape.ts";
import { publishedType } from "./event.ts";
import { listOf, listQuery, text } from "./fields.ts";
import { repeatedKeys } from "./repeated-keys.ts";

/** What a sample may have as JSON: as much as is useful to look at. */
const SAMPLE_CHARACTERS = 32 * 1024;

const object = z.custom<Record<string, unknown>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  { error: "must be a JSON object" },
);

const pairs = z.record(z.string().max(64), z.string().max(256));

const example = {
  type: "shipment.delayed",
  category: "Shipments",
  description: "A shipment will arrive later than promised.",
  schema: {
    type: "object",
    required: ["id"],
    properties: { id: { type: "string" }, days: { type: "integer", minimum: 1 } },
  },
  sample: { id: "shp_31", days: 2 },
};

const fields = {
  category: text(64).openapi({ description: "What it is listed under." }),
  description: z
    .string()
    .max(1024)
    .refine((value) => value.isWellFormed(), "must not hold half of a surrogate pair")
    .openapi({ description: "When it happens, for people." }),
  schema: object.nullable().openapi({
    type: "object",
    additionalProperties: true,
    description:
      "JSON Schema 2020-12 of `data`; absent or null = anything. Without regular expressions, `uniqueItems` and references that leave it or lead back: what could take unbounded time is refused.",
  }),
  sample: object
    .refine(
      (value) => JSON.stringify(value).length <= SAMPLE_CHARACTERS,
      `must not be longer than ${SAMPLE_CHARACTERS} characters`,
    )
    .openapi({
      type: "object",
      additionalProperties: true,
      description: "A realistic `data`, which must fit the schema; absent, or without members = none.",
    }),
  deprecated: z
    .boolean()
    .openapi({ description: "It can still be published; new receivers should not start with it." }),
};

export const eventType = z
  .object({
    type: z.string().openapi({ description: "Its name." }),
    ...fields,
    category: fields.category.optional(),
    schema: fields.schema.optional(),
    sample: fields.sample.optional(),
  })
  .openapi("EventType", { example: { ...example, deprecated: false } });

const given = {
  ...fields,
  category: fields.category.default(""),
  sample: fields.sample.default({}),
  description: fields.description.default(""),
  schema: fields.schema.default(null),
  deprecated: fields.deprecated.default(false),
};

export const newEventType = z
  .strictObject({
    type: publishedType.openapi({ description: "Its name, as `shipment.delayed`." }),
    ...given,
  })
  .openapi("NewEventType", { example });

/** The whole of a type, without its name or with the one that the path says. */
export const eventTypeInput = z
  .strictObject({
    type: z.string().optional().openapi({ description: "Its name, as the path says it." }),
    ...given,
  })
  .openapi("EventTypeInput", { example: { ...example, type: undefined, deprecated: true } });

export const eventTypeList = listOf(eventType).openapi("EventTypeList");

export const eventTypeListQuery = listQuery.extend({
  category: z.string().max(64).optional().openapi({ description: "Only those listed under it." }),
  contract: z.string().max(64).optional().openapi({
    description: "Those that this contract names, by its dialect.",
    example: "brokers",
  }),
  q: z.string().max(256).optional().openapi({ description: "Found in the name or the description." }),
});

/** A JSON object of texts, in a query. */
const jsonPairs = z
  .string()
  .max(8192)
  .transform((text, issues): Record<string, string> => {
    const tape = readTape(text);
    const [repeated] = tape === null ? [] : repeatedKeys(tape, 0);
    if (repeated !== undefined) {
      issues.addIssue({ code: "custom", message: `must not have ${repeated.path} twice` });
      return z.NEVER;
    }
    try {
      return pairs.parse(JSON.parse(text));
    } catch {
      issues.addIssue({ code: "custom", message: "must be a JSON object whose values are texts" });
      return z.NEVER;
    }
  });

export const sampleQuery = z.strictObject({
  dialect: z.string().max(64).optional().openapi({ description: "Absent = `standard`.", example: "atlas" }),
  dialect_options: jsonPairs.optional().openapi({
    type: "string",
    description: "Those of an endpoint, as JSON; absent ones are the dialect's.",
    example: '{"signature_encoding":"base64"}',
  }),
});

export const sampleRequest = z
  .object({
    method: z.literal("POST").openapi({ description: "How it is sent." }),
    headers: z.record(z.string(), z.string()).openapi({ description: "Those of the dialect." }),
    body: z.string().openapi({ description: "As it goes over the wire." }),
    secret: z.string().nullable().openapi({
      description: "A placeholder that signed this request, to try a verifier with; null = unsigned.",
    }),
  })
  .openapi("SampleRequest");

export type EventTypeBody = z.infer<typeof eventType>;
export type EventTypeInput = z.output<typeof eventTypeInput>;

/** What `{type}` is in the path of an event type. */
export const EVENT_TYPE_IN_PATH = { type: "The name of the event type." };
