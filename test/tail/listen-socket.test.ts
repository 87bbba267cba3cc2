import { expect, it } from "vitest";
import type { Listener } from "../../src/domain/listening.ts";
import { ListenSocket } from "../../src/tail/listen-socket.ts";

/** One who listens by a socket that takes all that is sent, and may read none of it. */
function listening(): { one: ListenSocket; sent: string[]; closedWith: () => number | null } {
  const sent: string[] = [];
  let closedWith: number | null = null;
  const socket = {
    send: (text: string) => sent.push(text),
    close: (code: number) => {
      closedWith = code;
    },
    serializeAttachment: () => {},
  } as unknown as WebSocket;
  const ctx = { acceptWebSocket: () => {} } as unknown as DurableObjectState;
  const listener: Listener = { endpointId: "ep_1", keyId: "key_1", expiresAt: null };
  return { one: ListenSocket.accept(ctx, socket, listener, 0), sent, closedWith: () => closedWith };
}

const others = { type: "listeners", listeners: 2 } as const;

const request = (id: string) => ({
  ...({ type: "request", id, delivery_id: "dlv_1", event_id: "evt_1", event_type: "a.b" } as const),
  ...{ sequence: 1, attempt: 1, is_replay: false, timeout_ms: 1, method: "POST", headers: {}, body: "" },
});

it("is closed once 16 KiB of comings and goings were told to it and it answered nothing", () => {
  const { one, sent, closedWith } = listening();
  while (one.say(others) && sent.length < 10_000);
  expect([closedWith(), sent.join("").length]).toEqual([4408, expect.toSatisfy((size) => size < 17 * 1024)]);
});

it("is told of any number of them while it answers: it reads what it is sent", () => {
  const { one, sent, closedWith } = listening();
  for (let n = 0; n < 100; n++) {
    one.say(request(`r${n}`));
    for (let told = 0; told < 100; told++) one.say(others);
    one.noteAnswered(`r${n}`);
  }
  expect([closedWith(), sent.length]).toEqual([null, 10_100]);
});

it("shows nothing by answers to what it was not asked", () => {
  const { one, sent, closedWith } = listening();
  while (one.say(others) && sent.length < 10_000) one.noteAnswered("never asked");
  expect(closedWith()).toBe(4408);
});
