import { z } from "@hono/zod-openapi";
import { time } from "./fields.ts";

/** How an endpoint does, as lists of endpoints show it. */
export const endpointHealth = z
  .object({
    at: time.openapi({
      description: "When this was written: at most once a minute, after something happened.",
    }),
    delivered: z.int().openapi({ description: "Deliveries that ended well." }),
    dead: z.int().openapi({ description: "Deliveries that were given up." }),
    retried: z.int().openapi({ description: "Deliveries that needed a second attempt." }),
    avg_latency_ms: z
      .number()
      .nullable()
      .openapi({ description: "Milliseconds, of successful attempts; null = there were none." }),
    pending: z.int().openapi({ description: "Deliveries that waited then." }),
  })
  .openapi("EndpointHealth", {
    description: "Its 24 hours before `at`; fresher and in full at `/v1/endpoints/{id}/stats`.",
  });
