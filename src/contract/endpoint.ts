import { z } from "@hono/zod-openapi";
import { filterProblem } from "../domain/filter.ts";
import { endpointHealth } from "./endpoint-health.ts";
import { context, newEvent, tags } from "./event.ts";
import {
  asShown,
  idOf,
  list,
  listOf,
  listQuery,
  orDefault,
  stringPairs,
  text,
  time,
  typePattern,
} from "./fields.ts";

const SEVEN_DAYS_SECONDS = 7 * 24 * 3600;

/** Patterns of event types, any of which may match. */
export const typePatterns = list(typePattern, { min: 1, max: 200 });

/** A header's name is a token, its value visible ASCII with inner spaces (RFC 9110, 5.5 and 5.6.2). */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

/** What stands for a value that is not shown. Sent back, it keeps the stored value. */
export const MASK = "***";

const status = z.enum(["enabled", "paused", "disabled"]);

const headerValue = z
  .string()
  .max(4096)
  .regex(HEADER_VALUE, "must be visible ASCII, without spaces at its ends");
const headerName = z.string().max(128).regex(HEADER_NAME, "must be a header name");

const headers = stringPairs({ pairs: 32, keyLength: 128, valueLength: 4096 }, (name, text) => {
  const bad = headerName.safeParse(name).error ?? headerValue.safeParse(text).error;
  return bad?.issues[0]?.message ?? null;
});

export const auth = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("basic"),
      // RFC 7617, 2: the first colon ends it.
      username: text(256).refine((name) => !name.includes(":"), "must not hold a colon"),
      password: z.string().max(1024),
    }),
    z.strictObject({ type: z.literal("bearer"), token: headerValue }),
    z.strictObject({ type: z.literal("header"), name: headerName, value: headerValue }),
    z.strictObject({
      type: z.literal("oauth2"),
      token_url: text(2048),
      client_id: text(512),
      client_secret: text(1024),
      scope: text(1024).nullable().optional(),
    }),
  ])
  .openapi("EndpointAuth", { description: "How deliveries prove who they are. Its secrets read `***`." });

/** Refused with the place of what is wrong. */
const filter = z.string().superRefine((expression, issues) => {
  const problem = filterProblem(expression);
  if (problem !== null) issues.addIssue({ code: "custom", message: problem });
});

const fields = {
  url: text(2048).openapi({ example: "https://example.com/webhooks" }),
  description: z
    .string()
    .max(1024)
    .refine((value) => value.isWellFormed(), "must be well-formed"),
  metadata: stringPairs({ pairs: 50, keyLength: 128, valueLength: 1024 }),
  dialect: z.string().max(64).openapi({ example: "standard" }),
  dialect_options: stringPairs({ pairs: 16, keyLength: 64, valueLength: 256 }),
  types: typePatterns.openapi({ example: ["deal.*"] }),
  stages: list(text(128), { max: 100 }).openapi({ description: "Any of `data.stage`; empty = all." }),
  tags: tags.openapi({ description: "Any of the event's tags; empty = all." }),
  context: context.openapi({ description: "Each pair must equal the event's." }),
  filter: filter.nullable().openapi({
    description:
      "A CEL expression over the event that must be true, at most 4,096 characters, see docs/filters.md.",
    example: "deal.value > 10000",
  }),
  serialize: z.boolean().openapi({ description: "One attempt at a time, in strict order." }),
  method: z.enum(["POST", "PUT"]),
  headers: headers.openapi({ description: "Sent with every attempt. Their values read `***`." }),
  auth: auth.nullable(),
  retry: z
    .strictObject({
      delays: list(z.number().min(0.1).max(SEVEN_DAYS_SECONDS), { max: 20 }),
      jitter: z.number().min(0).max(0.5).nullable().optional(),
    })
    .openapi({
      description: "Seconds between attempts: n delays are n + 1 attempts. Without `jitter` its dialect's.",
    }),
  timeout: z.number().min(1).max(30).openapi({ description: "Seconds per attempt." }),
  max_in_flight: z.int().min(1).max(100),
  rate_limit: z.strictObject({ per_second: z.number().min(0.001).max(10_000) }).nullable(),
  on_dead_letter: z.enum(["continue", "pause"]),
  disable_after: z.strictObject({ consecutive_failures: z.int().min(1).max(100_000) }).nullable(),
  status,
};

/** What the service says of an endpoint. */
const readOnly = {
  id: idOf("ep"),
  status_reason: z.string().nullable().openapi({
    description: "Why the service itself paused or disabled it: gone, consecutive_failures or dead_letter.",
  }),
  health: endpointHealth.nullable().openapi({ description: "Null until something was attempted." }),
  created_at: time,
  updated_at: time,
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

const { url, ...withDefaults } = fields;

/** `null` = the default; of `filter`, `auth`, `rate_limit` and `disable_after` it is a value: none. */
export const endpointChange = z
  .strictObject({ url, ...orDefault(withDefaults), secret, warnings: pastWarnings, ...asShown(readOnly) })
  .partial()
  .openapi("EndpointChange", { example: { status: "paused" } });

export const newEndpoint = endpointChange.required({ url: true }).openapi("NewEndpoint", { example });

/** The conditions of an endpoint and an event that may not have been published. */
export const endpointPreview = z
  .strictObject({
    types: fields.types,
    stages: fields.stages,
    tags: fields.tags,
    context: fields.context,
    filter: fields.filter,
  })
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
    matches: z.boolean(),
    reason: z.string().nullable().openapi({
      description: "The first condition that does not hold, and why; null = all hold.",
      example: "filter: no such key: deal.value",
    }),
  })
  .openapi("PreviewAnswer");

export const endpoint = z
  .object({
    ...fields,
    ...readOnly,
    headers: z.record(z.string(), z.string()),
    retry: z.object({ delays: z.array(z.number()), jitter: z.number() }),
  })
  .openapi("Endpoint");

const warnings = z
  .array(z.object({ path: z.string(), message: z.string() }))
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
  status: status.optional(),
  dialect: z.string().max(64).optional(),
  q: z
    .string()
    .max(256)
    .optional()
    .openapi({ description: "Found in the URL or the description, whatever the case, in every script." }),
});

export type EndpointChangeBody = z.infer<typeof endpointChange>;
export type EndpointBody = z.infer<typeof endpoint>;
export type AuthBody = z.infer<typeof auth>;
