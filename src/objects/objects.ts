import { jurisdictionOf } from "../domain/ids.ts";
import { LOCATIONS, type Location } from "../domain/location.ts";
import { logName, logOfName } from "../domain/log-shards.ts";
import type { Env } from "../env.ts";
import { type ObjectClass, placesOf } from "../storage/places.ts";
import { gatedStub, makeRoom } from "./gated-objects.ts";

/*
 * The one way to an object: by the id that names it, in the jurisdiction that the id carries, otherwise near LOCATION.
 * Whoever calls an object first decides where it lies, for good: so every caller must say the same. Where few objects may
 * be open at once, this is also where their callers wait.
 */

type Stub<Namespace extends ObjectClass> = ReturnType<Env[Namespace]["getByName"]>;

/** One of a workspace's event logs; the first is the one that every workspace has. */
export function logOf(env: Env, workspaceId: string, number = 0): Stub<"EVENT_LOG"> {
  return logNamed(env, logName(workspaceId, number));
}

/** An event log by the name of its object. */
export function logNamed(env: Env, name: string): Stub<"EVENT_LOG"> {
  const open = (named: string) => {
    const { workspaceId } = logOfName(named);
    return namespaceOf(env.EVENT_LOG, workspaceId).getByName(named, hintOf(env, workspaceId));
  };
  const places = placesOf(env);
  return places ? gatedStub(places.EVENT_LOG, name, open) : open(name);
}

/** The object of an endpoint. */
export function endpointOf(env: Env, endpointId: string): Stub<"ENDPOINT"> {
  const open = openEndpoint(env);
  const places = placesOf(env);
  return places ? gatedStub(places.ENDPOINT, endpointId, open) : open(endpointId);
}

/** How often hand-over asks again for each endpoint that waits for a place. */
const HAND_OVER_ASKS_AGAIN_MS = 50;

/**
 * When the hand-over of a workspace may call an endpoint's object: now, and then it has its place among those that may be
 * open, or the time at which to ask again; Unix milliseconds. The workspaces take turns.
 */
export function endpointFreeAt(env: Env, workspaceId: string, endpointId: string, nowMs: number): number {
  const objects = placesOf(env)?.ENDPOINT;
  if (!objects || objects.take(endpointId, nowMs, workspaceId)) return nowMs;
  return nowMs + HAND_OVER_ASKS_AGAIN_MS;
}

/** Has endpoints' objects that rest make room for those that `endpointFreeAt` has wait. */
export function makeRoomForEndpoints(env: Env): void {
  const objects = placesOf(env)?.ENDPOINT;
  if (objects) makeRoom(objects, openEndpoint(env));
}

/** The object of an inbox. */
export function inboxOf(env: Env, token: string): Stub<"INBOX"> {
  const open = (id: string) => namespaceOf(env.INBOX, id).getByName(id, hintOf(env, id));
  const places = placesOf(env);
  return places ? gatedStub(places.INBOX, token, open) : open(token);
}

/** Whoever watches may have all places for as long as they like; a deletion does not wait for them. */
const UNGATED_OF_HUBS = ["erase"];

/** The hub of a workspace, which those who watch are connected to. */
export function hubOf(env: Env, workspaceId: string): Stub<"HUB"> {
  const open = (id: string) => namespaceOf(env.HUB, id).getByName(id, hintOf(env, id));
  const places = placesOf(env);
  return places ? gatedStub(places.HUB, workspaceId, open, UNGATED_OF_HUBS) : open(workspaceId);
}

/** One of an endpoint's senders, counted from 1: near the endpoint's object, which alone calls it. */
export function senderOf(
  env: Env,
  endpointId: string,
  number: number,
): ReturnType<Env["SENDER"]["getByName"]> {
  return namespaceOf(env.SENDER, endpointId).getByName(`${endpointId}/${number}`, hintOf(env, endpointId));
}

function openEndpoint(env: Env): (id: string) => Stub<"ENDPOINT"> {
  return (id) => namespaceOf(env.ENDPOINT, id).getByName(id, hintOf(env, id));
}

function namespaceOf<Namespace extends Env[ObjectClass | "SENDER"]>(
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
