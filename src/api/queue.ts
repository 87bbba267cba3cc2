import { cancelInput, delivery, deliverySweep, retryInput } from "../contract/delivery.ts";
import type { EndpointRow } from "../d1/tables.ts";
import type { KeyConflict } from "../domain/idempotency.ts";
import type { CancelAnswer, RetryAnswer, SweepAnswer, SweepReport } from "../domain/messages.ts";
import { orderBy } from "../domain/order.ts";
import { byOutcome } from "../domain/outcome.ts";
import { policyOf } from "../endpoints/settings.ts";
import { livingEndpoint, unknownEndpoint } from "../endpoints/store.ts";
import { ApiError, type ErrorCode, invalid } from "../errors.ts";
import { newApi } from "../http/context.ts";
import { answerOf, requestOf } from "../idempotency/requests.ts";
import { endpointOf } from "../objects/objects.ts";
import { cancelMany, retryMany } from "../objects/older-sweeps.ts";
import { deliveryBody } from "../rendering/deliveries.ts";
import { timeText } from "../rendering/time.ts";
import { addRoute } from "./routes.ts";

/** What is done to pending deliveries by hand: retried now, or canceled. */
export const queueRoutes = newApi();

const tag = "Deliveries";

/** What an endpoint's object answers where it did nothing. */
type Refusal = Exclude<
  (RetryAnswer | CancelAnswer | SweepAnswer)["outcome"],
  "key_conflict" | "due" | "canceled" | "sweeping"
>;

/** What the caller is told of each, as an error. */
const REFUSALS = {
  unknown: refusing("not_found", "The endpoint has no such delivery."),
  not_pending: refusing(
    "not_pending",
    "The delivery has ended: only a pending one can be retried or canceled. Replay it.",
  ),
  in_flight: refusing("in_flight", "An attempt of this delivery is under way. Wait for its result."),
  not_head: ({ key }: { key?: string }) => {
    throw new ApiError(
      "not_head",
      key === undefined
        ? "The endpoint delivers in order: only its lowest pending sequence can be retried."
        : `The endpoint delivers in order by key: only the lowest pending sequence of ${key === "" ? "the events without a key" : `the key ${JSON.stringify(key)}`} can be retried.`,
    );
  },
  paused: refusing("endpoint_paused", "The endpoint is paused; resume it first."),
  disabled: refusing("endpoint_disabled", "The endpoint is disabled; enable it first."),
  too_many: refusing(
    "limit_reached",
    "Twenty retries and cancels of many are under way here; wait for one to end.",
  ),
} satisfies Record<Refusal, (answer: { key?: string }) => never>;

/** A rule for an outcome that throws this error. */
function refusing(code: ErrorCode, detail: string): () => never {
  return () => {
    throw new ApiError(code, detail);
  };
}

addRoute(
  queueRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/deliveries/{delivery_id}/retry",
    operationId: "retryDelivery",
    tag,
    summary: "Retry a delivery now",
    description: "A pending one becomes due now; in order only the head, by key that of its key.",
    access: "endpoints:write",
    status: 202,
    answer: delivery,
    errors: ["not_pending", "not_head", "in_flight", "endpoint_paused", "endpoint_disabled"],
  },
  async ({ env, caller, once, param }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const endpoint = endpointOf(env, id);
    const answer = answerOf(once, await endpoint.retry(param("delivery_id"), requestOf(once)));
    return byOutcome(answer, {
      ...REFUSALS,
      due: async () => {
        const found = await endpoint.findDelivery(param("delivery_id"));
        return found ? deliveryBody(found) : REFUSALS.unknown();
      },
    });
  },
);

addRoute(
  queueRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/retry",
    operationId: "retryEndpoint",
    tag,
    summary: "Retry all pending deliveries now",
    description: "All that wait for a retry, or those of a key.",
    access: "endpoints:write",
    body: retryInput,
    bodyOptional: true,
    status: 202,
    answer: deliverySweep,
    errors: ["endpoint_paused", "endpoint_disabled", "limit_reached"],
  },
  async ({ env, caller, once, param, body }) => {
    const { key } = await body();
    const row = await livingEndpoint(env, caller, param("id"));
    checkKey(row, key);
    const { id } = row;
    const request = requestOf(once);
    const answer = answerOf(
      once,
      await (key === undefined ? retryMany(env, id, request) : endpointOf(env, id).retryOfKey(key, request)),
    );
    return sweepBody(sweptBy(id, answer));
  },
);

addRoute(
  queueRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/deliveries/{delivery_id}/cancel",
    operationId: "cancelDelivery",
    tag,
    summary: "Cancel a delivery",
    description:
      "A pending one is not attempted again: what waits behind it goes on. An attempt under way still goes on record.",
    access: "endpoints:write",
    status: 200,
    answer: delivery,
    errors: ["not_pending"],
  },
  async ({ env, caller, once, param }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const endpoint = endpointOf(env, id);
    const answer = answerOf(once, await endpoint.cancel(param("delivery_id"), requestOf(once)));
    return byOutcome(answer, { ...REFUSALS, canceled: ({ delivery }) => deliveryBody(delivery) });
  },
);

addRoute(
  queueRoutes,
  {
    method: "post",
    path: "/v1/endpoints/{id}/cancel",
    operationId: "cancelDeliveries",
    tag,
    summary: "Cancel pending deliveries",
    description:
      "All that are pending, or those of some types, of a key, or made before a time. None of them is attempted any more.",
    access: "endpoints:write",
    body: cancelInput,
    bodyOptional: true,
    status: 202,
    answer: deliverySweep,
    errors: ["limit_reached"],
  },
  async ({ env, caller, once, param, body }) => {
    const { types, before, key } = await body();
    const row = await livingEndpoint(env, caller, param("id"));
    checkKey(row, key);
    const { id } = row;
    const selection = { ...(types ? { types } : {}), ...(before ? { before: Date.parse(before) } : {}) };
    const request = requestOf(once);
    const answer = answerOf(
      once,
      await (key === undefined
        ? cancelMany(env, id, selection, request)
        : endpointOf(env, id).cancelOfKey(key, selection, request)),
    );
    return sweepBody(sweptBy(id, answer));
  },
);

addRoute(
  queueRoutes,
  {
    method: "get",
    path: "/v1/endpoints/{id}/sweeps/{sweep_id}",
    parts: { sweep_id: "The id of the retry or cancel of many." },
    operationId: "getDeliverySweep",
    tag,
    summary: "Get a retry or cancel of many",
    description: "How far it is. The last 50 that ended are on record.",
    access: "endpoints:read",
    status: 200,
    answer: deliverySweep,
  },
  async ({ env, caller, param }) => {
    const { id } = await livingEndpoint(env, caller, param("id"));
    const sweep = await endpointOf(env, id).findSweep(param("sweep_id"));
    if (sweep === null) throw new ApiError("not_found", `Endpoint ${id} has no sweep ${param("sweep_id")}.`);
    return sweepBody(sweep);
  },
);

/** Throws 422 where a key is named and the endpoint's order is not by key. */
function checkKey(row: EndpointRow, key: string | undefined): void {
  if (key === undefined || orderBy(policyOf(row).order) !== null) return;
  throw invalid([{ path: "key", message: "must be left out: the endpoint's `order` is not by key" }]);
}

/** The sweep that an endpoint started; throws why it did not. */
function sweptBy(endpointId: string, answer: Exclude<SweepAnswer, KeyConflict>): SweepReport {
  return byOutcome(answer, {
    ...REFUSALS,
    sweeping: ({ sweep }) => sweep,
    unknown: () => {
      throw unknownEndpoint(endpointId);
    },
  });
}

function sweepBody({ createdAt, ...sweep }: SweepReport) {
  return { ...sweep, created_at: timeText(createdAt) };
}
