import { z } from "@hono/zod-openapi";
import { ATTEMPT_ERRORS, ATTEMPT_OUTCOMES, DELIVERY_STATUSES } from "../domain/delivery.ts";
import { SWEEP_ACTIONS, SWEEP_STATES } from "../domain/messages.ts";
import { typePatterns } from "./endpoint-fields.ts";
import {
  bodyEncoding,
  idOf,
  list,
  listOf,
  listQuery,
  span,
  time,
  timeInput,
  timeOf,
  typePattern,
} from "./fields.ts";

const status = z.enum(DELIVERY_STATUSES).openapi({
  description:
    "`pending` = it is attempted, or waits for it; `delivered`; `dead` = given up; `canceled` = nobody wants it any more.",
});
export const attemptOutcome = z
  .enum(ATTEMPT_OUTCOMES)
  .openapi({ description: "Whether the receiver took it." });
const attemptErrorCode = z.enum(ATTEMPT_ERRORS);
const attemptError = attemptErrorCode
  .nullable()
  .openapi({ description: "Why it failed; null = it did not." });

const attemptNumber = z
  .int()
  .openapi({ description: "Which attempt of its delivery it is, from 1; 0 = a test." });
const duration = z
  .number()
  .openapi({ description: "Milliseconds from the request to the end of the answer." });

export const attempt = z
  .object({
    number: attemptNumber,
    started_at: timeOf("When the request was sent."),
    duration_ms: duration,
    outcome: attemptOutcome,
    error: attemptError,
    policy_version: z.int().nullable().openapi({
      description: "The version of the endpoint that it was made by; null = from before that was on record.",
    }),
    request: z
      .object({
        method: z.string().openapi({ description: "POST or PUT." }),
        url: z
          .string()
          .openapi({ description: "What was called, masked where it is the receiver's secret." }),
        headers: z
          .record(z.string(), z.string())
          .openapi({ description: "What was sent; secrets are `***`." }),
      })
      .openapi({ description: "What was sent, without its body." }),
    response: z
      .object({
        status: z.int().openapi({ description: "The HTTP status." }),
        headers: z
          .record(z.string(), z.string())
          .openapi({ description: "As they came; what is secret is `***`." }),
        body: z.string().openapi({
          description: "The first 16 KiB; what comes beyond that is neither read nor waited for.",
        }),
        encoding: bodyEncoding,
        truncated: z
          .boolean()
          .openapi({ description: "Whether there was, or may have been, more of the body." }),
      })
      .nullable()
      .openapi({ description: "Null if no status line arrived." }),
  })
  .openapi("Attempt");

export const delivery = z
  .object({
    id: idOf("dlv"),
    endpoint_id: idOf("ep"),
    event_id: idOf("evt"),
    event_type: z.string().openapi({ description: "The event's type." }),
    sequence: z.int().openapi({ description: "Its place in its endpoint's order, from 1." }),
    key: z.string().nullable().openapi({
      description:
        "The key that it is ordered by, `sha256:` and its hash where it is longer than 256 characters, no Unicode text or has a NUL in it; empty = it has none, and is ordered with those; null = it came while its endpoint's `order` was not by key.",
    }),
    key_sequence: z
      .int()
      .nullable()
      .openapi({ description: "Its place in the order of its key, from 1; null = it has no such place." }),
    status,
    attempt_count: z.int().openapi({ description: "Attempts so far." }),
    replay_of: z
      .string()
      .nullable()
      .openapi({ description: "The delivery that this one repeats; null = it is no replay of one." }),
    replayed_by: z
      .string()
      .nullable()
      .openapi({ description: "The newest delivery that repeats this one; null = there is none." }),
    created_at: timeOf("When it was made."),
    next_attempt_at: time
      .nullable()
      .openapi({ description: "When it is due; null = not by time, or it has ended." }),
    completed_at: time.nullable().openapi({ description: "When it ended; null = it is pending." }),
    last_attempt: z
      .object({
        number: attemptNumber,
        outcome: attemptOutcome,
        error: attemptError,
        status: z.int().nullable().openapi({ description: "The answer's status; null = there was none." }),
        duration_ms: duration,
      })
      .nullable()
      .openapi({ description: "How the last attempt went; null = there was none yet." }),
  })
  .openapi("Delivery");

export const deliveryWithAttempts = delivery
  .extend({ attempts: z.array(attempt).openapi({ description: "Those on record, oldest first." }) })
  .openapi("DeliveryWithAttempts");

export const deliveryList = listOf(delivery).openapi("DeliveryList");

/** An event's deliveries: by endpoint, oldest first, and the endpoints that have none to show. */
export const eventDeliveryList = deliveryList
  .extend({
    missed: z.array(z.string()).openapi({ description: "Endpoints that matched while they were disabled." }),
    deleted: z.array(z.string()).openapi({
      description: "Endpoints that it went to and that were deleted since, with their deliveries.",
    }),
  })
  .openapi("EventDeliveryList");

/** `503`, or `5xx` for a whole class. */
const responseStatus = z
  .string()
  .regex(/^[1-5](?:\d\d|xx)$/, "must be a status such as 503, or a class such as 5xx");

/** By what a delivery's last attempt came to. */
export const lastAttemptFilters = {
  error: attemptErrorCode.optional().openapi({ description: "Of the last attempt." }),
  response_status: responseStatus.optional().openapi({
    description: "Of the last attempt's answer: `503`, or `5xx` for the class.",
    example: "5xx",
  }),
};

export const deliveryListQuery = listQuery.extend({
  status: status.optional(),
  ...lastAttemptFilters,
  type: typePattern.optional().openapi({ description: "A type, or a pattern such as `deal.*`." }),
  event_id: z.string().max(512).optional().openapi({ description: "Ours, or what its publisher calls it." }),
  ...span,
});

/** What a list of one endpoint's deliveries is asked for: its sequences are its own. */
export const endpointDeliveryListQuery = deliveryListQuery.extend({
  before_sequence: z
    .string()
    .regex(/^[1-9]\d{0,14}$/, "must be a sequence, from 1")
    .transform(Number)
    .optional()
    .openapi({
      ...{ type: "integer", minimum: 1 },
      description: "Only with a lower sequence: the list begins at a place in the order.",
    }),
});

/** What a list of all endpoints' deliveries is asked for. */
export const workspaceDeliveryListQuery = deliveryListQuery.extend({
  endpoint_id: z.string().max(64).optional().openapi({ description: "Only of this endpoint." }),
});

export const deliveryRequestQuery = z.strictObject({
  signed: z.literal("now").optional().openapi({
    description:
      "`now` = as another attempt would send it now, signed now, whatever is on record; `attempt` is passed over.",
  }),
  attempt: z
    .string()
    .regex(/^[1-9]\d{0,5}$/, "must be the number of an attempt, from 1")
    .transform(Number)
    .optional()
    .openapi({
      ...{ type: "integer", minimum: 1 },
      description: "Absent = the newest on record; before the first attempt, what that will send.",
    }),
});

export const deliveryRequest = z
  .object({
    attempt: z.int().openapi({ description: "The attempt's number, from 1." }),
    on_record: z.boolean().openapi({
      description: "True: as it was in that attempt. False: as it would be sent now, signed now.",
    }),
    method: z.string().openapi({ description: "POST or PUT." }),
    url: z.string().openapi({ description: "Masked where it is the receiver's secret, as in records." }),
    headers: z
      .record(z.string(), z.string())
      .openapi({ description: "Those of the dialect and the endpoint's own; secrets are `***`." }),
    body: z.string().openapi({ description: "Exactly as it goes over the wire, in UTF-8." }),
    encoding: z.literal("utf8").openapi({ description: "Of `body`: every dialect sends UTF-8." }),
  })
  .openapi("DeliveryRequest");

/** A retry or cancel of many. */
export const deliverySweep = z
  .object({
    id: idOf("swp"),
    action: z.enum(SWEEP_ACTIONS).openapi({ description: "What it does with each." }),
    state: z.enum(SWEEP_STATES).openapi({ description: "`running`: the counts still grow." }),
    matched: z.int().openapi({ description: "Pending deliveries that it has found." }),
    changed: z.int().openapi({
      description:
        "Those of them that it canceled, or made due; one in flight, or due anyway, is not made due.",
    }),
    created_at: timeOf("When it began."),
  })
  .openapi("DeliverySweep");

const ofKey = z
  .string()
  .max(1024 * 1024)
  .optional()
  .openapi({
    description:
      "Only those of this key, where the endpoint's `order` is by key; empty = those that have none. Other keys go on meanwhile.",
    example: "cust_42",
  });

export const retryInput = z
  .strictObject({ key: ofKey })
  .openapi("RetryDeliveries", { example: { key: "cust_42" } });

export const cancelInput = z
  .strictObject({
    key: ofKey,
    types: typePatterns.optional().openapi({ description: "Patterns of types, any of which may match." }),
    before: timeInput.optional().openapi({ description: "Deliveries made before this time." }),
  })
  .openapi("CancelDeliveries", { example: { types: ["deal.created"] } });

export const eventReplayInput = z
  .strictObject({
    endpoint_ids: list(z.string().max(64), { min: 1, max: 100 })
      .refine((ids) => new Set(ids).size === ids.length, "must not name an endpoint twice")
      .optional()
      .openapi({ description: "Absent = all enabled endpoints that match now." }),
  })
  .openapi("EventReplay", { example: { endpoint_ids: ["ep_01KAGW9ZQ8N3V5XTB2C4D6E7F8"] } });

export const eventReplayAnswer = z
  .object({
    deliveries: z
      .array(
        z.object({
          id: idOf("dlv"),
          endpoint_id: idOf("ep"),
          sequence: z.int().openapi({ description: "Its place in its endpoint's order." }),
        }),
      )
      .openapi({ description: "The new deliveries, one for each endpoint." }),
  })
  .openapi("EventReplayAnswer");

export type DeliveryBody = z.infer<typeof delivery>;
export type AttemptBody = z.infer<typeof attempt>;
