import { z } from "@hono/zod-openapi";
import { DISABLED_BECAUSE } from "../domain/audit.ts";
import { CONDITIONS } from "../domain/explain-messages.ts";
import { delivery } from "./delivery.ts";
import { newEvent } from "./event.ts";
import { idOf, list, listOf, listQuery, timeOf } from "./fields.ts";
import { wait } from "./queue.ts";

/** What became of a published event at an endpoint. */
const VERDICTS = [
  "delivered",
  "pending",
  "dead",
  "canceled",
  "replayed",
  "missed",
  "not_matched",
  "deleted",
  "not_on_record",
] as const;

/** What would become of an event if it were published now. */
const FORECASTS = ["would_deliver", "would_wait", "would_miss", "not_matched"] as const;

const notMatched = z
  .object({
    condition: z.enum([...CONDITIONS, "created_later", "about_itself", "not_on_record"]).openapi({
      description:
        "Which condition does not hold. `created_later` = the endpoint came after the event. `about_itself` = an operational event never goes to the endpoint that it is about. `not_on_record` = what the endpoint subscribed to at that time is not known any more, and today it would match.",
    }),
    key: z.string().nullable().openapi({ description: "Where `context` decided: the key of the pair." }),
    wanted: z
      .array(z.string())
      .openapi({ description: "What the endpoint asks for, any of it; at most the first 20." }),
    actual: z.array(z.string()).openapi({ description: "What the event has; empty = nothing." }),
    part: z
      .string()
      .nullable()
      .openapi({ description: "Where `filter` decided: the part of it that is not true." }),
    reason: z
      .string()
      .nullable()
      .openapi({ description: "Where `filter` decided: `is false`, or why that part has no value." }),
    values: z
      .array(
        z.object({
          expression: z.string().openapi({ description: "What the part names, as `deal.value`." }),
          value: z
            .string()
            .nullable()
            .openapi({ description: "Its value as JSON, shortened; null = there is none." }),
        }),
      )
      .openapi({ description: "Where `filter` decided: the values that the part met." }),
  })
  .openapi("NotMatched", { description: "Why an endpoint does not take an event." });

const subscription = z
  .object({
    version: z.int().openapi({ description: "See `GET /v1/endpoints/{id}/versions`." }),
    since: timeOf("Since when that version was in force.").nullable(),
  })
  .openapi("UsedSubscription", { description: "The version of the endpoint's subscription that was used." });

const row = {
  endpoint_id: idOf("ep"),
  subscription: subscription.nullable().openapi({
    description: "Null = it is not on record; then today's is what `not_matched` speaks of.",
  }),
  not_matched: notMatched.nullable().openapi({ description: "Null = it matches, or was not looked at." }),
};

const missed = z
  .object({
    since: timeOf("Since when the endpoint was disabled; null = since before there is a record.").nullable(),
    reason: z.enum(DISABLED_BECAUSE).nullable().openapi({
      description:
        "Why: a 410, too many failures, whoever listened had left and did not come back within an hour, or somebody; null = it is not on record.",
    }),
  })
  .openapi("MissedBecause");

export const eventExplanation = listOf(
  z
    .object({
      ...row,
      verdict: z.enum(VERDICTS).openapi({
        description:
          "`delivered`, `pending`, `dead`, `canceled` = so is its delivery. `replayed` = it was made again, see `delivery`. `missed` = it matched while the endpoint was disabled. `not_matched`. `deleted` = the endpoint is, with its deliveries. `not_on_record` = its delivery ended and is kept no longer.",
      }),
      delivery: delivery.nullable().openapi({ description: "The newest; null = there is none to show." }),
      deliveries: z.int().openapi({ description: "How many there are: the first one and its replays." }),
      wait: wait.nullable().openapi({ description: "Why the delivery waits; null = it is not pending." }),
      missed: missed.nullable().openapi({ description: "Null = it was not missed." }),
    })
    .openapi("ExplainedEndpoint"),
).openapi("EventExplanation");

export const explainQuery = listQuery.extend({
  endpoint_id: z.string().max(64).optional().openapi({ description: "This endpoint alone." }),
});

export const explainInput = z
  .strictObject({
    event: newEvent,
    endpoint_ids: list(z.string().max(64), { min: 1, max: 50 })
      .optional()
      .openapi({ description: "These endpoints alone; absent = all, in pages." }),
    cursor: z.string().max(2000).optional().openapi({ description: "`next_cursor` of the page before." }),
  })
  .openapi("ExplainInput", {
    example: { event: { type: "deal.created", data: { id: "deal_8f2a", value: 48000 } } },
  });

export const eventForecast = listOf(
  z
    .object({
      ...row,
      verdict: z.enum(FORECASTS).openapi({
        description:
          "`would_deliver`; `would_wait` = the endpoint is paused and would take it; `would_miss` = it is disabled; `not_matched`.",
      }),
    })
    .openapi("ForecastEndpoint"),
).openapi("EventForecast");
