import { expect, it } from "vitest";
import { HandedOver, type HandedOverPort } from "../../src/delivery/handed-over.ts";
import { platform } from "../../src/platform.ts";

/** An endpoint's object that begins full, with a backlog or with retries alone. */
function fullLife(hasNoBacklog: boolean, more: object = {}): HandedOver {
  const port = {
    parts: {
      intake: { takenOf: () => 0, take: () => ({ outcome: "full", taken: 0 }) },
      queue: { hasNoBacklog, lastSequence: 0 },
      surroundings: platform,
    },
    alarm: { noteBatch: () => {} },
    sending: { mayHold: false },
    change: (change: () => unknown) => change(),
    isSettled: async () => false,
    ...more,
  };
  return new HandedOver(port as unknown as HandedOverPort);
}

const batch = {
  ...{ workspaceId: "ws_1", logId: "ws_1", events: [], after: null, isAll: false },
};

it.each([
  { has: "a backlog", hasNoBacklog: false, isCaughtUp: true },
  { has: "retries alone, which what was lost had overtaken", hasNoBacklog: true, isCaughtUp: false },
])("a life that begins full with $has: may something else take a number? $isCaughtUp", async (given) => {
  const handedOver = fullLife(given.hasNoBacklog);
  expect(await handedOver.isCaughtUp()).toBe(false);
  expect(await handedOver.take(batch)).toEqual({ outcome: "full", taken: 0 });
  expect(await handedOver.isCaughtUp()).toBe(given.isCaughtUp);
});

it("a request that waits for what was handed over before ends the rest of hand-over once, and then looks without ending it", async () => {
  const asked: boolean[] = [];
  const handedOver = fullLife(true, {
    isSettled: async (looksAgain: boolean) => {
      asked.push(looksAgain);
      return asked.length === 4;
    },
  });
  await handedOver.catchUp();
  expect(asked).toEqual([false, true, true, true]);
});

it("a batch of another log than the newest delivery's waits until that one has sent again what a crash took, those of its own do not", async () => {
  let isSettled = false;
  const handedOver = fullLife(true, {
    parts: {
      intake: { currentLogId: "ws_1/2", takenOf: () => 0, take: () => ({ outcome: "full", taken: 0 }) },
      queue: { hasNoBacklog: true, lastSequence: 0 },
      surroundings: platform,
    },
    isSettled: async () => isSettled,
  });
  expect(handedOver.awaitOtherLogs({ ...batch, logId: "ws_1/2" })).toBeNull();
  const waiting = handedOver.awaitOtherLogs(batch);
  expect(waiting).not.toBeNull();
  expect(handedOver.awaitOtherLogs({ ...batch, logId: "ws_1/7" })).toBe(waiting);
  isSettled = true;
  await waiting;
  expect(handedOver.awaitOtherLogs(batch)).toBeNull();
});
