import { livingAmong } from "../d1/endpoints.ts";
import type { ReplayBatch } from "../domain/replay-messages.ts";
import { hasPairs, isPart, type Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError, invalid } from "../errors.ts";
import type { EndpointSettings } from "./settings.ts";

/* What a portal session that is for some endpoints may make, change and see. */

/**
 * The settings of an endpoint that a session makes, with the metadata that the session is for. Throws 403 for a session
 * of certain endpoints, and 422 for other values of that metadata.
 */
export function withinScope({ scope }: Reach, settings: EndpointSettings): EndpointSettings {
  if (scope === null) return settings;
  if (scope.endpointIds !== null)
    throw new ApiError("forbidden", "This portal session is for certain endpoints and makes no others.");
  const made = { ...settings, metadata: { ...scope.metadata, ...settings.metadata } };
  refuseLeaving({ scope }, made);
  return made;
}

/** Throws 422 where an endpoint would no longer have the metadata that the session is for. */
export function refuseLeaving({ scope }: Pick<Reach, "scope">, { metadata }: EndpointSettings): void {
  if (scope === null || hasPairs(metadata, scope.metadata)) return;
  const pairs = Object.entries(scope.metadata).map(([key, value]) => `${key}: ${value}`);
  throw invalid([
    { path: "metadata", message: `must keep what this portal session is for: ${pairs.join(", ")}` },
  ]);
}

/** The replays over several endpoints, of some, that go to none but endpoints that are reached. */
export async function reachedBatches(
  env: Env,
  reach: Reach,
  batches: readonly ReplayBatch[],
): Promise<ReplayBatch[]> {
  if (!isPart(reach)) return [...batches];
  const ids = new Set(batches.flatMap(({ endpointIds }) => endpointIds ?? []));
  const living = new Set(await livingAmong(env.DB, reach, [...ids]));
  return batches.filter(
    ({ endpointIds }) => endpointIds && endpointIds.length > 0 && endpointIds.every((id) => living.has(id)),
  );
}
