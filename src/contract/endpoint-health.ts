import { z } from "@hono/zod-openapi";
import { time } from "./fields.ts";

/** How an endpoint does, as lists of endpoints show it. */
export const endpointHealth = z
  .object({
    at: time.openapi({
      description: "When this was written: at most once a minute, after something happened.",
    }),
    delivered: z.int(),
    dead: z.int(),
    retried: z.int(),
    avg_latency_ms: z.number().nullable(),
    pending: z.int(),
  })
  .openapi("EndpointHealth", {
    description: "Its 24 hours before `at`; fresher and in full at `/v1/endpoints/{id}/stats`.",
  });
