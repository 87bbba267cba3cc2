import { z } from "@hono/zod-openapi";
import { WAIT_REASONS } from "../domain/waiting.ts";
import { delivery } from "./delivery.ts";
import { idOf, timeOf } from "./fields.ts";
import { order } from "./policy.ts";

/** Why a pending delivery is not attempted right now. */
export const wait = z
  .object({
    why: z.enum(WAIT_REASONS).openapi({
      description:
        "`in_flight` = it is being attempted. `handing_over` = the endpoint has yet to take it from the log. `disabled`, `paused` = so is the endpoint. `canceling` = many are being canceled, of all keys or of this one, and none of them starts meanwhile. `reordering` = a change of `order` gives what is pending its keys, and none starts meanwhile. `listener` = nobody listens (`transport`). `puller` = the receiver has yet to fetch it. `behind_head` = the order has it wait for an earlier one. `retry_at` = its schedule. `retry_after` = the receiver asked for a pause. `rate` = the endpoint's `rate_limit`. `slot` = as many attempts are under way as may be. `room` = memory or disk. `due` = it starts next.",
    }),
    until: timeOf("When that ends; null = it depends on something else.").nullable(),
    behind: z
      .object({
        delivery_id: idOf("dlv"),
        key: z.string().nullable().openapi({
          description:
            "The key whose order it is; empty = that of events without one, null = the endpoint's.",
        }),
      })
      .nullable()
      .openapi({
        description: "Where it is `behind_head`: the first of that order; null = it waits for none.",
      }),
  })
  .openapi("Wait");

export const endpointQueue = z
  .object({
    order,
    head: delivery.nullable().openapi({
      description:
        "In order by endpoint the lowest sequence that is pending, otherwise what is attempted next; null = nothing is pending.",
    }),
    head_since: timeOf("Since when it waits: the end of its last attempt, or when it was made.").nullable(),
    wait: wait.nullable().openapi({ description: "Why the head waits; null = there is none." }),
    keys: z
      .object({
        held: z.int().openapi({
          description:
            "Keys whose first delivery failed and waits for its next attempt, be it until the end of a `Retry-After` hold, and with it what is behind it; at most 10,000 are counted.",
        }),
        heads: z
          .array(
            z.object({
              key: z.string().openapi({ description: "Empty = that of events without one." }),
              delivery_id: idOf("dlv"),
              sequence: z.int().openapi({ description: "Its place in its endpoint's order." }),
              attempt_count: z.int().openapi({ description: "Attempts so far." }),
              due_at: timeOf("When it is attempted again."),
            }),
          )
          .openapi({ description: "Their first deliveries, those that are due first; at most 20." }),
      })
      .nullable()
      .openapi({ description: "Null = the endpoint's `order` is not by key." }),
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
