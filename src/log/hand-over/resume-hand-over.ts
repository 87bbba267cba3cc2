import type { Clock, Timers } from "../../domain/surroundings.ts";
import { endpointFreeAt, makeRoomForEndpoints } from "../../objects/objects.ts";
import { paceOf } from "../../storage/rounds.ts";
import { handOverMemory } from "../store/memory.ts";
import { EndpointCalls, type EndpointCallsPort } from "./endpoint-calls.ts";
import { HandOver, type HandOverPort } from "./hand-over.ts";
import type { HandOverStore } from "./hand-over-store.ts";

export interface ResumePort
  extends EndpointCallsPort,
    Pick<HandOverPort, "lastPosition" | "read" | "wakeBy" | "onUnstored"> {
  store: HandOverStore;
  surroundings: Clock & Timers;
}

/** Hand-over to the endpoint objects, from what is stored: positions, and what was committed after the last of them. */
export function resumeHandOver(port: ResumePort): HandOver {
  const { store, env, surroundings, deadlines, logId, workspaceId, lastPosition, read, wakeBy, onUnstored } =
    port;
  const handedOver = store.handedOver();
  const calls = new EndpointCalls(port);
  return new HandOver(
    {
      ...surroundings,
      deadlines,
      lastPosition,
      read,
      wakeBy,
      onUnstored,
      send: (number, batch) => calls.send(number, batch),
      storeLag: (number, position) => store.storeLag(number, position),
      clearLag: (number) => store.clearLag(number),
      keepHandedOver: (position) => store.keepHandedOver(position),
      memory: handOverMemory(logId(), workspaceId(), surroundings),
      pace: paceOf(workspaceId(), surroundings),
      placeAt: (number, nowMs) => {
        const id = port.endpointId(number);
        return id === null ? nowMs : endpointFreeAt(env, workspaceId(), id, nowMs);
      },
      makeRoom: () => makeRoomForEndpoints(env),
    },
    { handedOver, lagging: store.lagging(), groups: store.groupsAfter(handedOver) },
  );
}
