import { z } from "@hono/zod-openapi";
import { typePatterns } from "./endpoint.ts";
import { givenEventId } from "./event.ts";
import { idOf, list, listOf, listQuery, time, timeInput } from "./fields.ts";

const replayStatus = z.enum(["dead", "delivered", "missed", "any"]);

const selection = {
  status: replayStatus.openapi({
    description:
      "`dead` leaves out those already replayed, `missed` those the endpoint has a delivery for; `any` takes each matching event once and never pending ones.",
  }),
  types: typePatterns.openapi({ example: ["contact.updated"] }),
  event_ids: list(givenEventId.openapi({ type: "string", minLength: 1, maxLength: 256 }), {
    min: 1,
    max: 1000,
  }).openapi({ description: "Those the endpoint has nothing to replay for are passed over." }),
  rate_per_second: z.number().min(0.01).max(10_000),
};

export const replayJobInput = z
  .strictObject({
    status: selection.status.default("any"),
    from: timeInput.optional(),
    to: timeInput.optional(),
    types: selection.types.optional(),
    event_ids: selection.event_ids.optional(),
    rate_per_second: selection.rate_per_second.optional(),
  })
  .openapi("ReplayJobInput", {
    description: "Events with from ≤ accepted_at < to, in their original order.",
    example: { status: "any", types: ["contact.updated"], from: "2026-11-18T00:00:00Z" },
  });

export const replayJob = z
  .object({
    id: idOf("rpl"),
    endpoint_id: idOf("ep"),
    state: z.enum(["running", "done", "canceled", "failed"]),
    select: z.object({
      status: replayStatus,
      from: time,
      to: time,
      types: z.array(z.string()).optional(),
      event_ids: z.array(z.string()).optional(),
      rate_per_second: z.number().optional(),
    }),
    total: z.int().nullable().openapi({ description: "How many it takes; null until they are counted." }),
    done: z.int().openapi({ description: "How many are enqueued." }),
    error: z.string().nullable().openapi({ description: "Why it failed." }),
    created_at: time,
  })
  .openapi("ReplayJob");

export const replayJobList = listOf(replayJob).openapi("ReplayJobList");

export const replayJobListQuery = listQuery;
