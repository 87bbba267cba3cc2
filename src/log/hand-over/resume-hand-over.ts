import type { LoggedEvent } from "../../domain/event.ts";
import type { HandOverAnswer } from "../../domain/messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { HeardWatch } from "../../domain/tail.ts";
import type { Env } from "../../env.ts";
import { endpointFreeAt, endpointOf, makeRoomForEndpoints } from "../../objects/objects.ts";
import { paceOf } from "../../storage/rounds.ts";
import { handOverMemory } from "../store/memory.ts";
import { HandOver, type HandOverPort } from "./hand-over.ts";
import type { HandOverStore } from "./hand-over-store.ts";

export interface ResumePort extends Pick<HandOverPort, "lastPosition" | "read" | "wakeBy" | "unstored"> {
  store: HandOverStore;
  env: Env;
  surroundings: Clock & Timers;
  workspaceId(): string;
  watch: HeardWatch;
  /** Null for a deleted endpoint. */
  endpointId(endpointNumber: number): string | null;
}

/** Hand-over to the endpoint objects, from what is stored: positions, and what was committed after the last of them. */
export function resumeHandOver(port: ResumePort): HandOver {
  const { store, env, surroundings, workspaceId, lastPosition, read, wakeBy, unstored } = port;
  const handedOver = store.handedOver();
  return new HandOver(
    {
      ...surroundings,
      lastPosition,
      read,
      wakeBy,
      unstored,
      send: (number, events) => send(port, number, events),
      storeLag: (number, position) => store.storeLag(number, position),
      clearLag: (number) => store.clearLag(number),
      keepHandedOver: (position) => store.keepHandedOver(position),
      memory: handOverMemory(workspaceId(), surroundings),
      pace: paceOf(workspaceId(), surroundings),
      placeAt: (number, now) => {
        const id = port.endpointId(number);
        return id === null ? now : endpointFreeAt(env, workspaceId(), id, now);
      },
      makeRoom: () => makeRoomForEndpoints(env),
    },
    { handedOver, lagging: store.lagging(), groups: store.groupsAfter(handedOver) },
  );
}

/** One batch to its endpoint object, which needs nothing of the log's own notes. */
async function send(
  { env, endpointId, surroundings, workspaceId, watch }: ResumePort,
  endpointNumber: number,
  events: readonly LoggedEvent[],
): Promise<HandOverAnswer> {
  const id = endpointId(endpointNumber);
  if (id === null) return { outcome: "gone" };
  return endpointOf(env, id).enqueue({
    workspaceId: workspaceId(),
    logId: workspaceId(),
    ...watch.for(id, surroundings.nowMs()),
    events: events.map(({ sent: _sent, endpoints: _endpoints, missed: _missed, ...event }) => event),
  });
}
