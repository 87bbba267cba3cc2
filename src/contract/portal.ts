import { z } from "@hono/zod-openapi";
import { timeOf } from "./fields.ts";

const DAY_SECONDS = 24 * 3600;

export const newPortalSession = z
  .strictObject({
    expires_in: z.int().min(60).max(DAY_SECONDS).default(3600).openapi({ description: "Seconds." }),
  })
  .openapi("NewPortalSession", { example: { expires_in: 3600 } });

export const portalSession = z
  .object({
    url: z.string().openapi({
      description: "The dashboard with the token in its fragment, which browsers send to no server.",
      example: "https://webhooks.example.com/dashboard#token=ak_…",
    }),
    token: z.string().openapi({ description: "A key of the role `portal`, shown once.", example: "ak_…" }),
    expires_at: timeOf("When it stops working."),
  })
  .openapi("PortalSession");
