import { z } from "@hono/zod-openapi";
import { time } from "./fields.ts";

const latency = z.number().nullable().openapi({ description: "Milliseconds, of successful attempts." });

export const statsQuery = z.strictObject({ window: z.enum(["1h", "24h", "7d", "30d"]).default("24h") });

export const endpointStats = z
  .object({
    window: z.enum(["1h", "24h", "7d", "30d"]),
    delivered: z.int(),
    delivered_pct: z.number().nullable().openapi({ description: "Of those that ended delivered or dead." }),
    avg_latency_ms: latency,
    p50_latency_ms: latency,
    p95_latency_ms: latency,
    p99_latency_ms: latency,
    retried: z.int().openapi({ description: "Deliveries that needed a second attempt." }),
    dead: z.int(),
    canceled: z.int(),
    missed: z.int().openapi({ description: "Events that matched while the endpoint was disabled." }),
    series: z.array(
      z.object({
        at: time,
        delivered: z.int(),
        dead: z.int(),
        attempts: z.int(),
        avg_latency_ms: latency,
      }),
    ),
    pending: z.int().openapi({ description: "Now." }),
    oldest_pending_at: time.nullable(),
  })
  .openapi("EndpointStats");
