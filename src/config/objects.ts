import { jurisdictionOf } from "../domain/ids.ts";
import { LOCATIONS, type Location } from "../domain/location.ts";
import type { Env } from "../env.ts";

/*
 * The one way to an object: by the id that names it, in the jurisdiction that the id carries, otherwise near LOCATION.
 * Whoever calls an object first decides where it lies, for good: so every caller must say the same.
 */

type Stub<Namespace extends "ENDPOINT" | "EVENT_LOG"> = ReturnType<Env[Namespace]["getByName"]>;

/** The event log of a workspace. */
export function logOf(env: Env, workspaceId: string): Stub<"EVENT_LOG"> {
  return namespaceOf(env.EVENT_LOG, workspaceId).getByName(workspaceId, hintOf(env, workspaceId));
}

/** The object of an endpoint. */
export function endpointOf(env: Env, endpointId: string): Stub<"ENDPOINT"> {
  return namespaceOf(env.ENDPOINT, endpointId).getByName(endpointId, hintOf(env, endpointId));
}

function namespaceOf<Namespace extends Env["ENDPOINT"] | Env["EVENT_LOG"]>(
  namespace: Namespace,
  id: string,
): Namespace {
  const jurisdiction = jurisdictionOf(id);
  return jurisdiction === null ? namespace : (namespace.jurisdiction(jurisdiction) as Namespace);
}

/** A hint beside a jurisdiction could only contradict it. */
function hintOf({ LOCATION }: Env, id: string): { locationHint: Location } | undefined {
  return isLocation(LOCATION) && jurisdictionOf(id) === null ? { locationHint: LOCATION } : undefined;
}

/** Whether a setting names a place that Cloudflare knows. */
export function isLocation(text: string | undefined): text is Location {
  return LOCATIONS.some((location) => location === text);
}
