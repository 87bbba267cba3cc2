import { z } from "@hono/zod-openapi";
import { catalogType } from "../catalog/index.ts";
import { attempt } from "../contract/delivery.ts";
import { readSubscription } from "../contract/endpoint-fields.ts";
import { eventTypeName } from "../contract/event.ts";
import { livingEndpoint } from "../endpoints/store.ts";
import { ApiError, invalid } from "../errors.ts";
import { sampleTypeFor, testEventOf } from "../event-types/sample-request.ts";
import { findEventType, type TypeOwner } from "../event-types/store.ts";
import { newApi } from "../http/context.ts";
import { endpointOf } from "../objects/objects.ts";
import { attemptBody } from "../rendering/deliveries.ts";
import { addRoute } from "./routes.ts";

/** Test events: an event type's sample, sent at once. */
export const testRoutes = newApi();

addRoute(
  testRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/test",
    operationId: "testEndpoint",
    tag: "Endpoints",
    summary: "Send a test event",
    description:
      "The sample of a type, sent at once and once: outside queue, stats and failure count, with sequence 0, whatever the endpoint's status. Its ids (`id`, `callId`, `messageId` in `data`, too) are new each time, so that a receiver that deduplicates takes it.",
    access: "endpoints:write",
    body: z
      .strictObject({
        type: eventTypeName.optional().openapi({
          description:
            "One of the catalog or of the workspace's event types; absent = one that the endpoint takes.",
        }),
      })
      .openapi("TestEvent", { example: { type: "deal.created" } }),
    bodyOptional: true,
    status: 200,
    answer: attempt,
  },
  async ({ env, caller, param, body }) => {
    const { type: asked } = await body();
    const { id, dialect, subscription } = await livingEndpoint(env, caller, param("id"));
    if (asked !== undefined && !(await hasSample(env.DB, caller, asked))) {
      throw invalid([{ path: "type", message: "is not one of the event types: there is no sample of it" }]);
    }
    const type = asked ?? sampleTypeFor(dialect, readSubscription(subscription).types);
    const event = await testEventOf(env.DB, caller.workspaceId, type, dialect, caller.apiVersion);
    const result = await endpointOf(env, id).test({ event });
    if (!result) throw new ApiError("not_found", `There is no endpoint ${id}.`);
    return attemptBody(result);
  },
);

async function hasSample(db: D1Database, owner: TypeOwner, type: string): Promise<boolean> {
  return catalogType(type) !== null || (await findEventType(db, owner, type)) !== null;
}
