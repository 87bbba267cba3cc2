import { z } from "@hono/zod-openapi";
import { STATS_WINDOWS } from "../domain/messages.ts";
import { idOf, listOf, listQuery, time, timeOf } from "./fields.ts";

const latency = z.number().nullable().openapi({ description: "Milliseconds, of successful attempts." });

const statsWindow = z
  .enum(STATS_WINDOWS)
  .default("24h")
  .openapi({ description: "How far back it looks from now." });

const delivered = z.int().openapi({ description: "Deliveries that ended well." });
const dead = z.int().openapi({ description: "Deliveries that were given up." });
const canceled = z.int().openapi({ description: "Deliveries that were canceled." });
const oldestPendingAt = time
  .nullable()
  .openapi({ description: "When the oldest of the pending ones was made; null = none is pending." });
const window = z.enum(STATS_WINDOWS).openapi({ description: "What the numbers are of, up to now." });

export const statsQuery = z.strictObject({ window: statsWindow });

export const endpointStats = z
  .object({
    window,
    delivered,
    delivered_pct: z
      .number()
      .nullable()
      .openapi({ description: "How many of those that ended, delivered or dead, were delivered." }),
    avg_latency_ms: latency,
    p50_latency_ms: latency,
    p95_latency_ms: latency,
    p99_latency_ms: latency,
    retried: z.int().openapi({ description: "Deliveries that needed a second attempt." }),
    dead,
    canceled,
    missed: z.int().openapi({ description: "Events that matched while the endpoint was disabled." }),
    series: z
      .array(
        z.object({
          at: timeOf("When the slice begins."),
          delivered,
          dead,
          attempts: z.int().openapi({ description: "Attempts of any outcome." }),
          avg_latency_ms: latency,
        }),
      )
      .openapi({ description: "The window in slices, oldest first." }),
    pending: z.int().openapi({ description: "Now." }),
    oldest_pending_at: oldestPendingAt,
  })
  .openapi("EndpointStats");

export const workspaceStatsQuery = listQuery.extend({ window: statsWindow });

const flows = {
  delivered,
  delivered_pct: z
    .number()
    .nullable()
    .openapi({ description: "How many of those that ended, delivered or dead, were delivered." }),
  dead,
  retried: z.int().openapi({ description: "Deliveries that needed a second attempt." }),
  canceled,
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
    oldest_pending_at: oldestPendingAt,
  }),
)
  .extend({
    window,
    total: z.object(flows).openapi({
      description: "The endpoints of this page together; the latency weighs each by what it delivered.",
    }),
  })
  .openapi("WorkspaceStats");
