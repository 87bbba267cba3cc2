import { z } from "@hono/zod-openapi";
import { BODY_ENCODINGS } from "../domain/delivery.ts";
import "./messages.ts";

/* The parts that the schemas of several resources are made of. */

/** A text of 1 to `max` characters that can be written as UTF-8. */
export function text(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((value) => value.isWellFormed(), "must not hold half of a surrogate pair");
}

/**
 * A list of `min` to `max` items. Its length is checked before any item: a list of 100,000 wrong ones would cost an
 * error each, most of a second.
 */
export function list<Item extends z.ZodType>(item: Item, { min = 0, max }: { min?: number; max: number }) {
  const items = z.array(item).min(min).max(max);
  return z.preprocess((value: z.output<typeof items>, context) => {
    if (!Array.isArray(value) || value.length <= max) return value;
    context.addIssue({ code: "custom", message: `must not hold more than ${max} items` });
    return z.NEVER;
  }, items);
}

/** Each field, with `null` too: of a change it means what an absent one means where something is made, the default. */
export function orDefault<Shape extends z.ZodRawShape>(shape: Shape) {
  const entries = Object.entries(shape).map(([name, schema]) => [name, orNull(schema as z.ZodType)]);
  return Object.fromEntries(entries) as { [Name in keyof Shape]: z.ZodNullable<Shape[Name]> };
}

function orNull(schema: z.ZodType): z.ZodType {
  if (schema.safeParse(null).success) return schema;
  // A schema that is checked by hand says its own type in the OpenAPI document.
  return schema instanceof z.ZodCustom
    ? schema.nullable().openapi({ type: ["object", "null"] })
    : schema.nullable();
}

/** Fields that a change may carry only as they are shown, so that what a GET answers can be sent back. */
export function asShown<Shape extends z.ZodRawShape>(shape: Shape) {
  const field = z.unknown().openapi({ readOnly: true, description: "Read-only: ignored as it is shown." });
  const entries = Object.keys(shape).map((name) => [name, field]);
  return Object.fromEntries(entries) as { [Name in keyof Shape]: z.ZodUnknown };
}

export interface PairLimits {
  pairs: number;
  keyLength: number;
  valueLength: number;
}

/**
 * An object of strings. Checked by hand, because every own key counts: zod's record leaves out `__proto__` silently.
 * @param problemOf what else is wrong with a pair of the right form, null = nothing
 */
export function stringPairs(
  limits: PairLimits,
  problemOf: (key: string, value: string) => string | null = () => null,
) {
  return z
    .custom<Record<string, string>>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      {
        error: "must be an object of strings",
      },
    )
    .superRefine((value, context) => {
      const keys = Object.keys(value);
      if (keys.length > limits.pairs) {
        context.addIssue({ code: "custom", message: `must not hold more than ${limits.pairs} pairs` });
        return;
      }
      for (const key of keys) {
        const text = value[key];
        const message = problemOfPair(key, text, limits) ?? problemOf(key, text as string);
        if (message !== null) context.addIssue({ code: "custom", path: [key], message });
      }
    })
    .openapi({ type: "object", additionalProperties: { type: "string", maxLength: limits.valueLength } });
}

function problemOfPair(key: string, value: unknown, limits: PairLimits): string | null {
  if (key === "" || key.length > limits.keyLength) return `a key has 1 to ${limits.keyLength} characters`;
  if (typeof value !== "string") return "must be a string";
  if (value.length > limits.valueLength) return `must not be longer than ${limits.valueLength} characters`;
  return key.isWellFormed() && value.isWellFormed() ? null : "must not hold half of a surrogate pair";
}

/** A time as the API gives it: RFC 3339 with milliseconds, UTC. */
export const time = z.string().openapi({ format: "date-time", example: "2026-11-20T09:30:00.000Z" });

/** A time as the API gives it, with what it tells. */
export function timeOf(description: string) {
  return time.openapi({ description });
}

/** A time as the API takes it: RFC 3339 with any offset. */
export const timeInput = z.iso
  .datetime({ offset: true, error: "must be an RFC 3339 time such as 2026-11-20T09:30:00Z" })
  .openapi({ format: "date-time", example: "2026-11-20T09:30:00Z" });

/** How a body is shown that may be any bytes. */
export const bodyEncoding = z
  .enum(BODY_ENCODINGS)
  .openapi({ description: "base64 where the body is not UTF-8." });

/** The bounds of a span of time, as lists and replays take them: from ≤ time < to. */
export const span = {
  from: timeInput
    .optional()
    .openapi({ description: "From this time on; absent = from the first that there is." }),
  to: timeInput
    .optional()
    .openapi({ description: "Before this time, which is later than `from`; absent = up to now." }),
};

export const apiVersion = z.iso
  .date({ error: "must be a date such as 2026-01-15" })
  .openapi({ example: "2026-01-15", description: "The version of the payload's shape, a date." });

/** `*`, an exact type, or `deal.*`. */
export const typePattern = z
  .string()
  .regex(
    /^(?:\*|[A-Za-z0-9_.-]{1,128}|[A-Za-z0-9_.-]{1,126}\.\*)$/,
    "must be *, a type such as deal.created, or a prefix such as deal.*",
  );

/** What every list takes. */
export const listQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, "must be an integer from 1 to 200")
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, "must be an integer from 1 to 200")
    .default(50)
    .openapi({
      ...{ type: "integer", minimum: 1, maximum: 200, default: 50 },
      description: "How many a page has at the most, 1 to 200.",
    }),
  cursor: z.string().max(2000).optional().openapi({ description: "`next_cursor` of the page before." }),
});

/** What every list answers. */
export function listOf<Schema extends z.ZodType>(row: Schema) {
  return z.object({
    data: z.array(row).openapi({ description: "The page: it may hold fewer than `limit`, even none." }),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: "Where the next page starts; null = this is the last." }),
  });
}

/** What the prefixes of ids stand for. */
const NAMED = {
  aud: "entry",
  dlv: "delivery",
  ep: "endpoint",
  evt: "event",
  inb: "inbox",
  key: "key",
  rpb: "replay",
  rpl: "replay job",
  swp: "retry or cancel",
  ws: "workspace",
};

/** The form of an id: its prefix and a ULID. */
export function idOf(prefix: keyof typeof NAMED, example = "01KAGW9ZQ8N3V5XTB2C4D6E7F8") {
  return z
    .string()
    .openapi({ example: `${prefix}_${example}`, description: `The id of the ${NAMED[prefix]}.` });
}

export const problem = z
  .object({
    type: z.string().openapi({ description: "A URN that names the kind of error." }),
    title: z.string().openapi({ description: "What `code` says, for people." }),
    status: z.int().openapi({ description: "The answer's HTTP status." }),
    code: z.string().openapi({
      description: "What is wrong, for programs: one of a closed list, which keeps its meaning.",
    }),
    detail: z.string().openapi({ description: "What is wrong with this request, and how to mend it." }),
    errors: z
      .array(
        z.object({
          path: z
            .string()
            .openapi({ description: "Where the field lies, as `retry.delays[2]`; empty = the whole." }),
          message: z.string().openapi({ description: "What is wrong with it, and how to mend it." }),
        }),
      )
      .optional()
      .openapi({ description: "Each field that is wrong; absent where it is none." }),
    request_id: z.string().openapi({ description: "Names this request in the logs; quote it." }),
  })
  .openapi("Problem", {
    description: "A problem document (RFC 9457). `code` is from a closed list.",
    example: {
      type: "urn:atlas-webhooks:error:invalid_request",
      title: "Fields are missing or wrong",
      status: 422,
      code: "invalid_request",
      detail: "url: must be an https URL",
      errors: [{ path: "url", message: "must be an https URL" }],
      request_id: "req_01KAGW9ZQ8N3V5XTB2C4D6E7F8",
    },
  });
