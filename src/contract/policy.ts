import { z } from "@hono/zod-openapi";
import { DELIVERY_METHODS, type DialectDefaults, type StoredPolicy } from "../domain/endpoint.ts";
import { ORDER_BY, type Order } from "../domain/order.ts";
import { ON_DEAD_LETTER } from "../domain/retry.ts";
import { fieldsOf } from "../domain/stored.ts";
import { TRANSPORTS } from "../domain/transport.ts";
import { asGiven, fieldRow, type HeldBy, readValues, sameShown, standardValues } from "./field-row.ts";
import { list } from "./fields.ts";

const SEVEN_DAYS_SECONDS = 7 * 24 * 3600;

/** What is said of a `by` that `ORDER_BY` does not fit. */
export const BY_FORM =
  "must be context.<name> or tag:<prefix> of at most 128 characters, or data.<path> of at most eight names of 64, without control characters";

const ORDERS =
  'must be "none", "endpoint", or {"by": "context.<name>"}, {"by": "data.<path>"} or {"by": "tag:<prefix>"}';

/** In which order deliveries are attempted. */
export const order = z
  .union(
    [
      z.enum(["none", "endpoint"]),
      z.strictObject({
        by: z.string().regex(ORDER_BY, BY_FORM).openapi({
          description:
            "What the key of an event is: `context.<name>`, `data.<path>` of at most eight names, or `tag:<prefix>`, the rest of the first tag that begins so.",
          example: "data.customer.id",
        }),
      }),
    ],
    { error: ORDERS },
  )
  .openapi({
    description:
      "`none` = whatever is due first. `endpoint` = one attempt at a time, in strict order. `{by}` = so for the events of each key: different keys side by side, up to `max_in_flight`; a failing one holds its own key alone. Events without the key are a key of their own.",
  });

/** How to deliver: one row for each field, which is all that the API, D1 and the docs know of it. */
export const policyFields = {
  transport: asGiven(
    "transport",
    z.enum(TRANSPORTS).openapi({
      description:
        "How its requests reach the receiver. `http` = its URL is called; `pull` = it fetches them (`GET /v1/endpoints/{id}/pull`); `listen` = a socket carries them (`GET /v1/listen`).",
    }),
    "http",
    {
      standard: "`http`",
      text: "`pull`: the receiver fetches its events; `listen`: a socket carries them, see [local-development.md](local-development.md). Then `url` may be left out",
    },
  ),
  order: fieldRow({
    held: "order",
    ...sameShown(order),
    standard: (): Order => "none",
    heldBefore: ({ serialize }) => (serialize === true ? "endpoint" : undefined),
    toHeld: (given) => given,
    toShown: (held) => held,
    docs: {
      standard: "`none`",
      text: '`endpoint`: one attempt at a time, in strict order; `{"by": "context.<name>"}`, `"data.<path>"` or `"tag:<prefix>"`: so for the events of each key, different keys side by side, see [guides/order-and-idempotency.md](guides/order-and-idempotency.md)',
    },
  }),
  method: asGiven(
    "method",
    z.enum(DELIVERY_METHODS).openapi({ description: "How deliveries are sent." }),
    "POST",
    { standard: "`POST`", text: "or `PUT`" },
  ),
  retry: fieldRow({
    held: "retry",
    schema: z
      .strictObject({
        delays: list(z.number().min(0.1).max(SEVEN_DAYS_SECONDS), { max: 20 }).openapi({
          description: "Seconds before each further attempt, 0.1 to seven days; none = one attempt.",
        }),
        jitter: z.number().min(0).max(0.5).nullable().optional().openapi({
          description:
            "The share of each delay that is left to chance: 0.1 makes 60 s anything from 54 to 66.",
        }),
      })
      .openapi({
        description: "Seconds between attempts: n delays are n + 1 attempts. Without `jitter` its dialect's.",
      }),
    shown: z
      .object({
        delays: z.array(z.number()).openapi({ description: "Seconds before each further attempt." }),
        jitter: z.number().openapi({ description: "The share of each delay that is left to chance." }),
      })
      .openapi({ description: "When a failed delivery is attempted again: n delays are n + 1 attempts." }),
    standard: ({ retry }: DialectDefaults) => retry,
    toHeld: ({ delays, jitter }, standard) => ({ delays, jitter: jitter ?? standard.jitter }),
    toShown: (retry) => retry,
    docs: {
      standard: "its dialect's",
      text: "`{delays: [seconds, …], jitter: 0–0.5}`: n delays are n + 1 attempts; at most 20. Without `jitter` its dialect's",
    },
  }),
  timeout: asGiven(
    "timeoutSeconds",
    z.number().min(1).max(30).openapi({ description: "Seconds per attempt." }),
    10,
    { standard: "`10`", text: "seconds per attempt, 1–30" },
  ),
  max_in_flight: asGiven(
    "maxInFlight",
    z.int().min(1).max(100).openapi({ description: 'Attempts at once; with `order: "endpoint"` one.' }),
    32,
    {
      standard: "`32`",
      text: 'attempts at once, 1–100; with `order: "endpoint"` one',
    },
  ),
  rate_limit: fieldRow({
    held: "ratePerSecond",
    ...sameShown(
      z
        .strictObject({
          per_second: z
            .number()
            .min(0.001)
            .max(10_000)
            .openapi({ description: "Attempts a second, spread evenly." }),
        })
        .nullable()
        .openapi({
          description: "How often it is called at the most; null = as often as there is something.",
        }),
    ),
    standard: (): number | null => null,
    toHeld: (given) => given?.per_second ?? null,
    toShown: (perSecond) => (perSecond === null ? null : { per_second: perSecond }),
    docs: { standard: "`null`", text: "`{per_second}`" },
  }),
  success_statuses: asGiven(
    "successStatuses",
    list(z.int().min(300).max(599), { max: 20 })
      .refine((statuses) => new Set(statuses).size === statuses.length, "must not name a status twice")
      .refine((statuses) => !statuses.includes(410), "must not name 410: it disables the endpoint")
      .nullable()
      .openapi({
        description:
          "Statuses that count as success beside 2xx, 300 to 599 without 410, as 409 of a receiver that has the event already; null = none.",
        example: [409],
      }),
    null,
    {
      standard: "`null`",
      text: "statuses that count as success beside 2xx, at most 20 of 300–599, as `[409]`; never 410, which disables the endpoint",
    },
  ),
  on_dead_letter: asGiven(
    "onDeadLetter",
    z.enum(ON_DEAD_LETTER).openapi({
      description:
        "What follows when a delivery is given up: the next one, or a pause with this one pending.",
    }),
    "continue",
    {
      standard: "`continue`",
      text: "`pause`: the exhausted delivery stays at the head, and the endpoint pauses",
    },
  ),
  disable_after: fieldRow({
    held: "disableAfterFailures",
    ...sameShown(
      z
        .strictObject({
          consecutive_failures: z
            .int()
            .min(1)
            .max(100_000)
            .openapi({ description: "Failed attempts in a row." }),
        })
        .nullable()
        .openapi({ description: "When it is disabled by itself; null = never." }),
    ),
    standard: ({ disableAfterFailures }: DialectDefaults) => disableAfterFailures,
    // Not the dialect's default: null is how an endpoint says "never", and how that is shown.
    toHeld: (given) => given?.consecutive_failures ?? null,
    toShown: (failures) => (failures === null ? null : { consecutive_failures: failures }),
    docs: { standard: "its dialect's", text: "`{consecutive_failures}` or `null`" },
  }),
} as const;

/** How an endpoint delivers, as it is stored. */
export type DeliveryPolicy = HeldBy<typeof policyFields>;

/** What a new endpoint has. */
export function standardPolicy(dialect: DialectDefaults): DeliveryPolicy {
  return standardValues(policyFields, dialect);
}

/** The policy that is stored: the only way to it. Fields that later versions added have their defaults. */
export function readPolicy(policy: StoredPolicy, dialect: DialectDefaults): DeliveryPolicy {
  return readValues(policyFields, fieldsOf(policy), dialect);
}
