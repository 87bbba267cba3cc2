import { z } from "@hono/zod-openapi";
import { idOf, list, timeOf } from "./fields.ts";

/** At most so many events at once, and so long until some are there, seconds. */
export const MOST_PULLED = 100;
export const LONGEST_WAIT_SECONDS = 20;

/** A token of ours: which events were handed out together. */
const ackToken = z.string().regex(/^ack_[0-9a-z]{1,64}$/, "must be the `ack` of an earlier pull");

export const pullQuery = z.strictObject({
  limit: integer(1, MOST_PULLED, 10, "How many events at the most; in order one, by key one of each key."),
  wait: integer(0, LONGEST_WAIT_SECONDS, 0, "Seconds to wait until there is one; 0 = answer at once."),
  lease: integer(
    1,
    3600,
    60,
    "Seconds until an event that is not acknowledged counts as a failed attempt (`timeout`).",
  ),
  ack: ackToken
    .optional()
    .openapi({ description: "Acknowledges what an earlier pull handed out, before anything else." }),
});

const acknowledged = z.int().openapi({
  description:
    "How many deliveries the acknowledgement ended; 0 = none was asked for, or its lease had run out, or it was made before.",
});

export const pulledEvent = z
  .object({
    delivery_id: idOf("dlv"),
    event_id: idOf("evt"),
    event_type: z.string().openapi({ description: "The event's type." }),
    sequence: z.int().openapi({ description: "Its place in its endpoint's order, from 1." }),
    attempt: z.int().openapi({ description: "From 1; more where an earlier lease ran out or was refused." }),
    is_replay: z.boolean().openapi({ description: "Whether it is a replay of an old event." }),
    request: z
      .object({
        method: z.string().openapi({ description: "POST or PUT." }),
        headers: z
          .record(z.string(), z.string())
          .openapi({ description: "Those that a receiver would get, the signature among them." }),
        body: z.string().openapi({ description: "What was signed: verify these bytes, as UTF-8." }),
      })
      .openapi({ description: "The signed request, exactly as it would be sent to a URL." }),
  })
  .openapi("PulledEvent");

export const pulledEvents = z
  .object({
    data: z.array(pulledEvent).openapi({ description: "In order; empty = nothing came in time." }),
    ack: z.string().nullable().openapi({
      description:
        "Acknowledges them: with the next pull, or alone where some failed. Null = there are none.",
    }),
    lease_until: timeOf("Until when that can be done; null = there are none.").nullable(),
    acknowledged,
  })
  .openapi("PulledEvents");

const pullAnswer = z.strictObject({
  delivery_id: z.string().max(100).openapi({ description: "Which of them." }),
  status: z
    .int()
    .min(200)
    .max(599)
    .openapi({ description: "As a receiver would have answered: 2xx = done, 500 = failed, 410 = disable." }),
  body: z
    .string()
    .max(16 * 1024)
    .optional()
    .openapi({ description: "What goes on record beside it." }),
});

export const pullAck = z
  .strictObject({
    ack: ackToken.openapi({ description: "The `ack` of the pull that handed them out." }),
    answers: list(pullAnswer, { max: MOST_PULLED })
      .optional()
      .openapi({ description: "What became of some of them; those that are not named succeeded." }),
  })
  .openapi("PullAck", { example: { ack: "ack_3f9c2d10a4b84e6c8f7a5b1d2e3c4f60" } });

export const pullAcked = z.object({ acknowledged }).openapi("PullAcked");

function integer(min: number, max: number, standard: number, description: string) {
  const message = `must be an integer from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,4}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .default(standard)
    .openapi({ type: "integer", minimum: min, maximum: max, default: standard, description });
}
