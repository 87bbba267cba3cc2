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
  timeOf,
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

const status = z.enum(["enabled", "paused", "disabled"]).openapi({
  description:
    "`paused` = it takes events and attempts none; `disabled` = what matches counts as missed, and what is pending stays.",
});

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
      type: z.literal("basic").openapi({ description: "A user name and a password (RFC 7617)." }),
      // RFC 7617, 2: the first colon ends it.
      username: text(256)
        .refine((name) => !name.includes(":"), "must not hold a colon")
        .openapi({ description: "Without a colon." }),
      password: z.string().max(1024).openapi({ description: "Up to 1,024 characters; reads `***`." }),
    }),
    z.strictObject({
      type: z.literal("bearer").openapi({ description: "A token that does not change (RFC 6750)." }),
      token: headerValue.openapi({ description: "Sent as `Authorization: Bearer`; reads `***`." }),
    }),
    z.strictObject({
      type: z.literal("header").openapi({ description: "A header of the receiver's own." }),
      name: headerName.openapi({ description: "The header's name." }),
      value: headerValue.openapi({ description: "Its value; reads `***`." }),
    }),
    z.strictObject({
      type: z
        .literal("oauth2")
        .openapi({ description: "Tokens for a client's credentials (RFC 6749, 4.4)." }),
      token_url: text(2048).openapi({ description: "Where tokens are asked for, an https URL." }),
      client_id: text(512).openapi({ description: "The client that asks for tokens." }),
      client_secret: text(1024).openapi({ description: "Its secret; reads `***`." }),
      scope: text(1024)
        .nullable()
        .optional()
        .openapi({ description: "What tokens are asked for; null = the server's default." }),
    }),
  ])
  .openapi("EndpointAuth", { description: "How deliveries prove who they are. Its secrets read `***`." });

/** Refused with the place of what is wrong. */
const filter = z.string().superRefine((expression, issues) => {
  const problem = filterProblem(expression);
  if (problem !== null) issues.addIssue({ code: "custom", message: problem });
});

const fields = {
  url: text(2048).openapi({
    description: "Where deliveries go, an https URL to a public host.",
    example: "https://example.com/webhooks",
  }),
  description: z
    .string()
    .max(1024)
    .refine((value) => value.isWellFormed(), "must not hold half of a surrogate pair")
    .openapi({ description: "For people, up to 1,024 characters." }),
  metadata: stringPairs({ pairs: 50, keyLength: 128, valueLength: 1024 }).openapi({
    description: "Pairs of yours: the service keeps them and does nothing with them.",
  }),
  dialect: z
    .string()
    .max(64)
    .openapi({ description: "The wire contract that deliveries follow.", example: "standard" }),
  dialect_options: stringPairs({ pairs: 16, keyLength: 64, valueLength: 256 }).openapi({
    description: "What the dialect leaves open, as `support`'s `signature_encoding`; see docs/contracts.md.",
  }),
  types: typePatterns.openapi({
    description: "Patterns of event types, any of which may match: `deal.created`, `deal.*`, `*`.",
    example: ["deal.*"],
  }),
  stages: list(text(128), { max: 100 }).openapi({ description: "Any of `data.stage`; empty = all." }),
  tags: tags.openapi({ description: "Any of the event's tags; empty = all." }),
  context: context.openapi({ description: "Each pair must equal the event's." }),
  filter: filter.nullable().openapi({
    description:
      "A CEL expression over the event that must be true, at most 4,096 characters, see docs/filters.md.",
    example: "deal.value > 10000",
  }),
  serialize: z.boolean().openapi({ description: "One attempt at a time, in strict order." }),
  method: z.enum(["POST", "PUT"]).openapi({ description: "How deliveries are sent." }),
  headers: headers.openapi({ description: "Sent with every attempt. Their values read `***`." }),
  auth: auth.nullable(),
  retry: z
    .strictObject({
      delays: list(z.number().min(0.1).max(SEVEN_DAYS_SECONDS), { max: 20 }).openapi({
        description: "Seconds before each further attempt, 0.1 to seven days; none = one attempt.",
      }),
      jitter: z.number().min(0).max(0.5).nullable().optional().openapi({
        description: "The share of each delay that is left to chance: 0.1 makes 60 s anything from 54 to 66.",
      }),
    })
    .openapi({
      description: "Seconds between attempts: n delays are n + 1 attempts. Without `jitter` its dialect's.",
    }),
  timeout: z.number().min(1).max(30).openapi({ description: "Seconds per attempt." }),
  max_in_flight: z.int().min(1).max(100).openapi({ description: "Attempts at once; with `serialize` one." }),
  rate_limit: z
    .strictObject({
      per_second: z
        .number()
        .min(0.001)
        .max(10_000)
        .openapi({ description: "Attempts a second, spread evenly." }),
    })
    .nullable()
    .openapi({ description: "How often it is called at the most; null = as often as there is something." }),
  on_dead_letter: z.enum(["continue", "pause"]).openapi({
    description: "What follows when a delivery is given up: the next one, or a pause with this one pending.",
  }),
  disable_after: z
    .strictObject({
      consecutive_failures: z.int().min(1).max(100_000).openapi({ description: "Failed attempts in a row." }),
    })
    .nullable()
    .openapi({ description: "When it is disabled by itself; null = never." }),
  status,
};

/** What the service says of an endpoint. */
const readOnly = {
  id: idOf("ep"),
  status_reason: z.string().nullable().openapi({
    description: "Why the service itself paused or disabled it: gone, consecutive_failures or dead_letter.",
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
    matches: z.boolean().openapi({ description: "Whether the endpoint would get the event." }),
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
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: "Sent with every attempt. Their values read `***`." }),
    retry: z
      .object({
        delays: z.array(z.number()).openapi({ description: "Seconds before each further attempt." }),
        jitter: z.number().openapi({ description: "The share of each delay that is left to chance." }),
      })
      .openapi({ description: "When a failed delivery is attempted again: n delays are n + 1 attempts." }),
  })
  .openapi("Endpoint");

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
  status: status.optional().openapi({ description: "Only those of this status." }),
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
