import { z } from "@hono/zod-openapi";
import { WAIT_REASONS } from "../domain/waiting.ts";
import { delivery } from "./delivery.ts";
import { timeOf } from "./fields.ts";

/** Why a pending delivery is not attempted right now. */
export const wait = z
  .object({
    why: z.enum(WAIT_REASONS).openapi({
      description:
        "`in_flight` = it is being attempted. `handing_over` = the endpoint has yet to take it from the log. `disabled`, `paused` = so is the endpoint. `canceling` = many are being canceled, and none starts meanwhile. `listener` = nobody listens (`transport`). `puller` = the receiver has yet to fetch it. `behind_head` = the order has it wait for an earlier one. `retry_at` = its schedule. `retry_after` = the receiver asked for a pause. `rate` = the endpoint's `rate_limit`. `slot` = as many attempts are under way as may be. `room` = memory or disk. `due` = it starts next.",
    }),
    until: timeOf("When that ends; null = it depends on something else.").nullable(),
  })
  .openapi("Wait");

export const endpointQueue = z
  .object({
    order: z
      .enum(["none", "endpoint"])
      .openapi({ description: "`endpoint` = one at a time, in strict order (`serialize`)." }),
    head: delivery.nullable().openapi({
      description:
        "In order the lowest sequence that is pending, otherwise what is attempted next; null = nothing is pending.",
    }),
    head_since: timeOf("Since when it waits: the end of its last attempt, or when it was made.").nullable(),
    wait: wait.nullable().openapi({ description: "Why the head waits; null = there is none." }),
    depth: z.int().openapi({ description: "Pending deliveries, those in flight included." }),
    bytes: z.int().openapi({ description: "What they take." }),
    in_flight: z.int().openapi({ description: "Attempts under way." }),
    ended_last_minute: z
      .number()
      .openapi({ description: "Deliveries that ended within the last minute, about." }),
    attempts_last_minute: z.number().openapi({ description: "Attempts of the last minute, about." }),
    listeners: z.int().nullable().openapi({
      description: "Sockets that listen to it; null = its `transport` is another than `listen`.",
    }),
    drained_by: timeOf(
      "When nothing is pending any more, at the rate of the last minute; null = nothing ended in it, or the endpoint attempts nothing.",
    ).nullable(),
  })
  .openapi("EndpointQueue");
