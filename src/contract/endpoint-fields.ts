import { z } from "@hono/zod-openapi";
import { ENDPOINT_STATUSES, type StoredSubscription, type Subscription } from "../domain/endpoint.ts";
import { fieldsOf } from "../domain/stored.ts";
import { filterProblem } from "../filter/filter.ts";
import { auth, headers } from "./endpoint-auth.ts";
import { context, tags } from "./event.ts";
import { asGiven, type FieldDocs, readValues, sameShown, standardValues } from "./field-row.ts";
import { list, stringPairs, text, typePattern } from "./fields.ts";
import { policyFields } from "./policy.ts";

/** Patterns of event types, any of which may match. */
export const typePatterns = list(typePattern, { min: 1, max: 200 });

export const endpointStatus = z.enum(ENDPOINT_STATUSES).openapi({
  description:
    "`paused` = it takes events and attempts none; `disabled` = what matches counts as missed, and what is pending stays.",
});

/** Refused with the place of what is wrong. */
const filter = z.string().superRefine((expression, issues) => {
  const problem = filterProblem(expression);
  if (problem !== null) issues.addIssue({ code: "custom", message: problem });
});

/** The conditions of an endpoint's subscription, stored as one JSON value. */
export const subscriptionFields = {
  types: asGiven(
    "types",
    typePatterns.openapi({
      description: "Patterns of event types, any of which may match: `deal.created`, `deal.*`, `*`.",
      example: ["deal.*"],
    }),
    ["*"],
    { standard: '`["*"]`', text: "exact types, `deal.*`, or `*`" },
  ),
  stages: asGiven(
    "stages",
    list(text(128), { max: 100 }).openapi({ description: "Any of `data.stage`; empty = all." }),
    [],
    { standard: "`[]`", text: "any of them must be the event's `data.stage`; empty = all" },
  ),
  tags: asGiven("tags", tags.openapi({ description: "Any of the event's tags; empty = all." }), [], {
    standard: "`[]`",
    text: "any of them must be among the event's `tags`; empty = all",
  }),
  context: asGiven(
    "context",
    context.openapi({ description: "Each pair must equal the event's." }),
    {},
    { standard: "`{}`", text: "each pair must equal the event's" },
  ),
  filter: asGiven(
    "filter",
    filter.nullable().openapi({
      description:
        "A CEL expression over the event that must be true, at most 4,096 characters, see docs/filters.md.",
      example: "deal.value > 10000",
    }),
    null,
    {
      standard: "`null`",
      text: "an expression over the event, as `deal.value > 10000`, see [filters.md](filters.md)",
    },
  ),
} as const;

/** What a new endpoint gets: everything that is published. */
export const NO_CONDITIONS: Subscription = standardValues(subscriptionFields);

/** The conditions that are stored: the only way to them. Fields that later versions added have their defaults. */
export function readSubscription(subscription: StoredSubscription): Subscription {
  return readValues(subscriptionFields, fieldsOf(subscription));
}

/** Fields that have a column of their own in D1. */
export const columnFields = {
  description: asGiven(
    "description",
    z
      .string()
      .max(1024)
      .refine((value) => value.isWellFormed(), "must not hold half of a surrogate pair")
      .openapi({ description: "For people, up to 1,024 characters." }),
    "",
    { standard: '`""`', text: "for people, up to 1,024 characters" },
  ),
  metadata: asGiven(
    "metadata",
    stringPairs({ pairs: 50, keyLength: 128, valueLength: 1024 }).openapi({
      description: "Pairs of yours: the service keeps them and does nothing with them.",
    }),
    {},
    { standard: "`{}`", text: "pairs of yours: the service keeps them and does nothing with them" },
  ),
  status: asGiven("status", endpointStatus, "enabled", {
    standard: "`enabled`",
    text: "`paused` keeps taking events and attempts none; `disabled` misses them",
  }),
} as const;

/** Fields whose merge needs the dialect or what is sealed: endpoints/change.ts and endpoints/body.ts know how. */
const wireFields = {
  url: {
    ...sameShown(
      text(2048).openapi({
        description:
          "Where deliveries go, an https URL to a public host. Required where `transport` is `http`; otherwise it is only shown, and `null` drops it.",
        example: "https://example.com/webhooks",
      }),
    ),
    docs: {
      standard: "",
      text: "https to a public host; http only to addresses that `ALLOWED_NETWORKS` names. Shown as it is called: `/a/../b` as `/b`",
    },
  },
  dialect: {
    ...sameShown(
      z
        .string()
        .max(64)
        .openapi({ description: "The wire contract that deliveries follow.", example: "standard" }),
    ),
    docs: {
      standard: "`standard`",
      text: "the wire contract, see [contracts.md](contracts.md); fixed once there are deliveries",
    },
  },
  dialect_options: {
    ...sameShown(
      stringPairs({ pairs: 16, keyLength: 64, valueLength: 256 }).openapi({
        description:
          "What the dialect leaves open, as `support`'s `signature_encoding`; see docs/contracts.md.",
      }),
    ),
    docs: {
      standard: "its dialect's",
      text: "what the dialect leaves open, see [contracts.md](contracts.md)",
    },
  },
  serialize: {
    ...sameShown(
      z.boolean().openapi({
        description:
          "Another name for `order`: true = `endpoint`, false = `none`. True where `order` is `endpoint`.",
      }),
    ),
    docs: { standard: "`false`", text: "another name for `order`: `true` = `endpoint`, `false` = `none`" },
  },
  headers: {
    schema: headers.openapi({ description: "Sent with every attempt. Their values read `***`." }),
    shown: z
      .record(z.string(), z.string())
      .openapi({ description: "Sent with every attempt. Their values read `***`." }),
    docs: {
      standard: "`{}`",
      text: "sent with each attempt, at most 6,144 characters together; their values read `***`",
    },
  },
  auth: {
    ...sameShown(auth.nullable()),
    docs: { standard: "`null`", text: "`basic`, `bearer`, `header` or `oauth2`; its secrets read `***`" },
  },
} as const;

/** Every field that a change of an endpoint may carry and a GET shows, in the order of the docs. */
export const endpointFields = {
  url: wireFields.url,
  dialect: wireFields.dialect,
  dialect_options: wireFields.dialect_options,
  ...subscriptionFields,
  ...policyFields,
  serialize: wireFields.serialize,
  headers: wireFields.headers,
  auth: wireFields.auth,
  ...columnFields,
} as const satisfies Record<string, { schema: z.ZodType; shown: z.ZodType; docs: FieldDocs }>;
