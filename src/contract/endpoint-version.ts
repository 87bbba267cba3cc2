import { z } from "@hono/zod-openapi";
import { auditEntry } from "./audit.ts";
import { changedEndpoint, endpoint } from "./endpoint.ts";
import { listOf } from "./fields.ts";

const { id, at, action, before, after, actor } = auditEntry.shape;

const number = z.int().nullable().openapi({
  description: "Its number; null = it is from before versions were on record, and is named by `id`.",
});

const entry = z
  .object({ version: number, id, at, actor, action, before, after })
  .openapi("EndpointVersion", { description: "A change of an endpoint, which made this version of it." });

export const endpointVersionList = listOf(entry).openapi("EndpointVersionList");

export const endpointVersion = entry
  .extend({
    endpoint: endpoint
      .omit({ health: true, created_at: true, updated_at: true })
      .openapi("EndpointAtVersion", { description: "The endpoint as it was, its secrets masked." }),
  })
  .openapi("EndpointVersionWithState");

export const restoredEndpoint = changedEndpoint
  .extend({
    kept: z.array(z.string()).openapi({
      description: "Secrets of which only the present value is known: they stay as they are.",
      example: ["headers.X-Api-Key"],
    }),
  })
  .openapi("RestoredEndpoint");
