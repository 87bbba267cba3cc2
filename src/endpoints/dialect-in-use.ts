import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { endpointOf } from "../objects/objects.ts";

/** Deliveries on record were made by the dialect that the endpoint had: it stays theirs. */
export async function refuseIfUsed(env: Env, endpointId: string): Promise<void> {
  const { rows } = await endpointOf(env, endpointId).listDeliveries({ limit: 1 });
  if (rows.length > 0) {
    throw new ApiError(
      "dialect_in_use",
      "The endpoint has deliveries; make another endpoint for another dialect.",
    );
  }
}
