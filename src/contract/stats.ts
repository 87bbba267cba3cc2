import { z } from "@hono/zod-openapi";
import { idOf, listOf, listQuery, time } from "./fields.ts";

const latency = z.number().nullable().openapi({ description: "Milliseconds, of successful attempts." });

const statsWindow = z.enum(["1h", "24h", "7d", "30d"]).default("24h");

export const statsQuery = z.strictObject({ window: statsWindow });

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

export const workspaceStatsQuery = listQuery.extend({ window: statsWindow });

const flows = {
  delivered: z.int(),
  delivered_pct: z.number().nullable().openapi({ description: "Of those that ended delivered or dead." }),
  dead: z.int(),
  retried: z.int().openapi({ description: "Deliveries that needed a second attempt." }),
  canceled: z.int(),
  missed: z.int().openapi({ description: "Events that matched while an endpoint was disabled." }),
  avg_latency_ms: latency,
  pending: z.int().openapi({ description: "Now." }),
};

export const workspaceStats = listOf(
  z.object({
    endpoint_id: idOf("ep"),
    ...flows,
    p50_latency_ms: latency,
    p95_latency_ms: latency,
    p99_latency_ms: latency,
    oldest_pending_at: time.nullable(),
  }),
)
  .extend({
    window: z.enum(["1h", "24h", "7d", "30d"]),
    total: z.object(flows).openapi({
      description: "Of the endpoints of this page together; its latency weighs each by what it delivered.",
    }),
  })
  .openapi("WorkspaceStats");
