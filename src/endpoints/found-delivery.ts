import type { DeliveryWithAttempts } from "../domain/messages.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { endpointOf } from "../objects/objects.ts";
import { livingEndpoint } from "./store.ts";

/** A delivery of one of the endpoints that are reached; throws 404. */
export async function foundDelivery(
  env: Env,
  reach: Reach,
  endpointId: string,
  deliveryId: string,
): Promise<DeliveryWithAttempts> {
  const { id } = await livingEndpoint(env, reach, endpointId);
  const found = await endpointOf(env, id).findDelivery(deliveryId);
  if (found === null) throw new ApiError("not_found", `Endpoint ${id} has no delivery ${deliveryId}.`);
  return found;
}
