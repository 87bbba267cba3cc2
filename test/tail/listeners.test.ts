import { expect, it, vi } from "vitest";
import { platform } from "../../src/platform.ts";
import { Listeners } from "../../src/tail/listeners.ts";
import { HandClock } from "../hand-clock.ts";

/** A hub's sockets that listen to some endpoints, none of which knows of it yet. */
function listeningTo(endpointIds: readonly string[], openedAt: number): DurableObjectState {
  const sockets = endpointIds.map((endpointId) => {
    let attachment: object = { endpointId, keyId: "key_1", expiresAt: null, openedAt, isTold: false };
    return {
      readyState: WebSocket.OPEN,
      deserializeAttachment: () => attachment,
      serializeAttachment: (given: object) => {
        attachment = given;
      },
    };
  });
  return {
    getWebSockets: () => sockets,
    getWebSocketAutoResponseTimestamp: () => null,
  } as unknown as DurableObjectState;
}

it("tells each endpoint that somebody listens, also where the first never answers, and that one again", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const clock = new HandClock();
  const told: string[] = [];
  const surroundings = {
    ...platform,
    nowMs: () => clock.nowMs(),
    after: (delayMs: number, ring: () => void) => clock.after(delayMs, ring),
  };
  const endpoint = (id: string) => ({
    listened: async () => {
      told.push(id);
      if (id === "ep_silent") await new Promise<never>(() => {});
    },
    listenerLeft: async () => false,
  });
  const ctx = listeningTo(["ep_silent", "ep_other"], clock.nowMs());
  const listeners = new Listeners(ctx, surroundings, endpoint);
  for (let time = 0; time < 2; time++) {
    const looking = listeners.lookAfter(clock.nowMs());
    clock.pass(5000);
    await looking;
  }
  expect(told).toEqual(["ep_silent", "ep_other", "ep_silent"]);
});
