import { z } from "@hono/zod-openapi";
import { idOf } from "./fields.ts";

/** How often a listener says `ping`, and after how long without a word it counts as gone, milliseconds. */
export const PING_EVERY_MS = 10_000;
export const DEAD_AFTER_MS = 20_000;

export const listenQuery = z.strictObject({
  endpoint_id: z.string().max(100).openapi({
    description: "The endpoint whose events come down this socket: its `transport` is `listen`.",
  }),
});

/** Why a local app gave no answer. */
export const LISTEN_ERRORS = ["connect", "timeout", "reset"] as const;

const count = z.int().openapi({ description: "Sockets that listen to this endpoint, this one included." });

/** What the server sends. */
export const listenMessage = z
  .discriminatedUnion("type", [
    z
      .object({
        type: z.literal("hello").openapi({ description: "The first message." }),
        endpoint_id: idOf("ep"),
        listeners: count,
      })
      .openapi("ListenHello"),
    z
      .object({
        type: z.literal("listeners").openapi({ description: "Another one came, or went." }),
        listeners: count,
      })
      .openapi("ListenListeners"),
    z
      .object({
        type: z.literal("request").openapi({
          description: "An attempt: the request is to be made as it is, and what comes of it answered.",
        }),
        id: z.string().openapi({ description: "For the answer." }),
        delivery_id: idOf("dlv"),
        event_id: idOf("evt"),
        event_type: z.string().openapi({ description: "The event's type." }),
        sequence: z.int().openapi({ description: "Its place in its endpoint's order; 0 = a test." }),
        attempt: z.int().openapi({
          description:
            "From 1. The same attempt of the same delivery comes again where its answer did not arrive: give the same answer again.",
        }),
        is_replay: z.boolean().openapi({ description: "Whether it is a replay of an old event." }),
        timeout_ms: z.int().openapi({ description: "Within so long the answer is waited for." }),
        method: z.string().openapi({ description: "POST or PUT." }),
        headers: z.record(z.string(), z.string()).openapi({ description: "The signature among them." }),
        body: z.string().openapi({ description: "What was signed, to be sent as UTF-8." }),
      })
      .openapi("ListenRequest"),
    z
      .object({
        type: z.literal("left").openapi({
          description: "The answer to `leave`: the endpoint is paused, or others still listen.",
        }),
        paused: z.boolean().openapi({ description: "Whether it is paused." }),
      })
      .openapi("ListenLeft"),
  ])
  .openapi("ListenMessage", { description: "What the server sends, as JSON text." });

const requestId = z.string().min(1).max(64).openapi({ description: "The `id` of the request." });

const durationMs = z
  .number()
  .min(0)
  .max(120_000)
  .openapi({ description: "How long the app took, milliseconds." });

/** What the client sends, beside the text `ping`. */
export const listenAnswer = z
  .union([
    z
      .object({
        type: z.literal("answer"),
        id: requestId,
        status: z.int().min(200).max(599).openapi({ description: "The app's HTTP status." }),
        headers: z.record(z.string(), z.string()).openapi({ description: "As they came, in lower case." }),
        body: z
          .string()
          .max(32 * 1024)
          .openapi({
            description: "In base64, its first 16 KiB; one byte more shows that there was more.",
          }),
        duration_ms: durationMs,
      })
      .openapi("ListenAnswer"),
    z
      .object({
        type: z.literal("answer"),
        id: requestId,
        error: z.enum(LISTEN_ERRORS).openapi({ description: "Why the app gave no answer." }),
        duration_ms: durationMs,
      })
      .openapi("ListenFailure"),
    z
      .object({
        type: z.literal("leave").openapi({
          description:
            "Nobody means to come back soon: where no other listens, the endpoint is paused, and after an hour disabled.",
        }),
      })
      .openapi("ListenLeave"),
  ])
  .openapi("ListenClientMessage", { description: "What the client sends, as JSON text." });

export type ListenMessage = z.output<typeof listenMessage>;
export type ListenClientMessage = z.output<typeof listenAnswer>;
export type ListenError = (typeof LISTEN_ERRORS)[number];
