import type { z } from "@hono/zod-openapi";
import { pullAck, pullAcked, pulledEvents, pullQuery } from "../contract/pull.ts";
import { byOutcome } from "../domain/outcome.ts";
import type { PullAnswer, Pulled } from "../domain/pulling.ts";
import { policyOf } from "../endpoints/settings.ts";
import { livingEndpoint, unknownEndpoint } from "../endpoints/store.ts";
import { ApiError, invalid } from "../errors.ts";
import { newApi } from "../http/context.ts";
import { endpointOf } from "../objects/objects.ts";
import { timeText } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** Events that a receiver fetches, since it has no address. */
export const pullRoutes = newApi();

const tag = "Endpoints";

addRoute(
  pullRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/pull",
    operationId: "pullEvents",
    tag,
    summary: "Pull events",
    description:
      "For an endpoint whose `transport` is `pull`: the signed requests that a URL would get, in the same order, with the same retries and records. What is handed out is due again when its lease ends: acknowledge it before that, by the next pull's `ack` or alone. In order one is out at a time, by key one of each key; otherwise several may pull side by side, and each gets others. An answer holds at most 1 MiB of events. While the endpoint is paused nothing comes.",
    access: "endpoints:write",
    query: pullQuery,
    status: 200,
    answer: pulledEvents,
    errors: ["endpoint_disabled"],
  },
  async ({ c, env, caller, param, query }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const { limit, wait, lease, ack = null } = query;
    c.header("Cache-Control", "no-store");
    const asked = { limit, waitMs: wait * 1000, leaseMs: lease * 1000, ack };
    return answerBody(id, await endpointOf(env, id).pull(asked));
  },
);

addRoute(
  pullRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/pull/ack",
    operationId: "acknowledgePull",
    tag,
    summary: "Acknowledge pulled events",
    description:
      "Without a further pull, or to say which of them failed: those are attempted again by the endpoint's policy. Repeated, or after the lease has ended, it changes nothing.",
    access: "endpoints:write",
    body: pullAck,
    status: 200,
    answer: pullAcked,
  },
  async ({ env, caller, param, body }) => {
    const { ack, answers = [] } = await body();
    const row = await livingEndpoint(env, caller, param("id"));
    if (policyOf(row).transport !== "pull") throw notPulled();
    const results = answers.map(({ delivery_id: deliveryId, status, body: text = "" }) => ({
      ...{ deliveryId, status, body: text },
    }));
    return { acknowledged: await endpointOf(env, row.id).acknowledge(ack, results) };
  },
);

function answerBody(endpointId: string, answer: PullAnswer) {
  return byOutcome<PullAnswer, z.input<typeof pulledEvents>>(answer, {
    pulled: ({ events, lease, acknowledged }) => ({
      data: events.map(pulledBody),
      ack: lease?.token ?? null,
      lease_until: lease && timeText(lease.until),
      acknowledged,
    }),
    unknown: () => {
      throw unknownEndpoint(endpointId);
    },
    called: () => {
      throw notPulled();
    },
    disabled: () => {
      throw new ApiError("endpoint_disabled", "The endpoint is disabled; enable it first.");
    },
  });
}

function pulledBody({ deliveryId, eventId, eventType, isReplay, method, headers, body, ...rest }: Pulled) {
  return {
    ...{ delivery_id: deliveryId, event_id: eventId, event_type: eventType, is_replay: isReplay, ...rest },
    request: { method, headers, body },
  };
}

function notPulled(): ApiError {
  return invalid([{ path: "id", message: "must be an endpoint whose `transport` is `pull`" }]);
}
