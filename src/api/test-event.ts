import { z } from "@hono/zod-openapi";
import { catalogue, sampleEvent } from "../catalog/index.ts";
import { attempt } from "../contract/delivery.ts";
import { publishedType } from "../contract/event.ts";
import type { Event } from "../domain/event.ts";
import { ulid } from "../domain/ids.ts";
import { typeMatches } from "../domain/subscription.ts";
import { ApiError } from "../errors.ts";
import { livingEndpoint } from "./endpoint-store.ts";
import { attemptBody } from "./render.ts";
import { addRoute, newApi } from "./route.ts";

/** Test events: an event type's sample, sent at once. */
export const testRoutes = newApi();

addRoute(
  testRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/test",
    tag: "Endpoints",
    summary: "Send a test event",
    description:
      "The sample of a type, sent at once and once: outside queue, stats and failure count, with sequence 0, whatever the endpoint's status.",
    access: "endpoints:write",
    body: z
      .strictObject({
        type: publishedType.optional().openapi({ description: "Absent = one that the endpoint takes." }),
      })
      .openapi("TestEvent"),
    bodyOptional: true,
    status: 200,
    answer: attempt,
  },
  async ({ env, caller, param, body }) => {
    const { type: asked } = await body();
    const { id, subscription } = await livingEndpoint(env, caller.workspaceId, param("id"));
    const event = testEvent(asked ?? typeFor(subscription.types), caller.apiVersion);
    const result = await env.ENDPOINT.getByName(id).test({ event });
    if (!result) throw new ApiError("not_found", `There is no endpoint ${id}.`);
    return attemptBody(result);
  },
);

/** A type that an endpoint with these patterns takes: one from the catalog where there is one. */
function typeFor(patterns: string[]): string {
  const known = catalogue.find(({ type }) => patterns.some((pattern) => typeMatches(pattern, type)));
  return known?.type ?? patterns.find((pattern) => !pattern.endsWith("*")) ?? "deal.created";
}

/** An event that is in no log. */
function testEvent(asked: string, apiVersion: string): Event {
  const now = Date.now();
  const { type, data } = sampleEvent(asked);
  return {
    position: 0,
    id: `evt_${ulid(now)}`,
    type,
    created: Math.floor(now / 1000),
    apiVersion,
    tags: [],
    context: {},
    acceptedAt: now,
    data: JSON.stringify(data),
  };
}
