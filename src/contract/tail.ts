import { z } from "@hono/zod-openapi";
import { delivery, workspaceDeliveryListQuery } from "./delivery.ts";
import { timeOf } from "./fields.ts";

const filters = workspaceDeliveryListQuery.shape;

export const tailQuery = z.strictObject({
  endpoint_id: filters.endpoint_id,
  status: filters.status,
  type: filters.type,
  error: filters.error,
  cursor: z
    .string()
    .regex(/^[0-9a-f]{8}\.\d{1,15}$/, "must be a cursor of this socket")
    .optional()
    .openapi({ description: "Goes on after this message: the `cursor` of the last one that was read." }),
  ticket: z.string().max(512).optional().openapi({
    description: "Lets in once instead of a key, for browsers: from `POST /v1/tail/tickets`.",
  }),
});

const cursor = z.string().openapi({ description: "Where to go on after this message." });

export const tailMessage = z
  .discriminatedUnion("type", [
    z
      .object({
        type: z.literal("hello").openapi({ description: "The first message." }),
        cursor,
        gap: z.boolean().openapi({
          description: "True: what came after the given cursor is not known any more; read the lists again.",
        }),
      })
      .openapi("TailHello"),
    z
      .object({
        type: z.literal("deliveries").openapi({ description: "Deliveries changed." }),
        cursor,
        data: z.array(delivery).openapi({ description: "As they are now." }),
        ack: z.string().optional().openapi({
          description: "If it is there: send this text back, to show that this message was read.",
        }),
        skipped: z.int().openapi({
          description: "Changes that are not shown, because there were too many at once; 0 = none.",
        }),
      })
      .openapi("TailDeliveries"),
  ])
  .openapi("TailMessage", { description: "What the server sends, as JSON text." });

export const tailTicket = z
  .object({
    ticket: z.string().openapi({ description: "For the `ticket` of `GET /v1/tail`, once." }),
    expires_at: timeOf("When it counts no longer: in 30 seconds."),
  })
  .openapi("TailTicket");
