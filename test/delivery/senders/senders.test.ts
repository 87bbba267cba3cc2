import { describe, expect, it } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import { Lanes } from "../../../src/delivery/senders/lanes.ts";
import { SenderLost } from "../../../src/delivery/senders/sender-link.ts";
import { Senders } from "../../../src/delivery/senders/senders.ts";
import type { SentAnswer } from "../../../src/domain/sending-messages.ts";
import { Slots } from "../../../src/domain/slots.ts";
import { platform } from "../../../src/platform.ts";

const REQUEST = {
  ...{ url: "https://receiver.example/", method: "POST", headers: {}, body: "{}" },
  ...{ askedAt: 0, timeoutMs: 10_000, mostBytes: 16_384 },
};

const SENT: SentAnswer = { outcome: "unanswered", error: "connect", durationMs: 1 };

/** The senders of an endpoint, two connections each, in the test's hands. */
function scene(most = 3) {
  const rig = {
    now: 0,
    most,
    opened: [] as number[],
    further: [] as boolean[],
    closed: [] as number[],
    failsToOpen: false,
    answer: async (): Promise<SentAnswer> => SENT,
  };
  const senders = new Senders({
    most: () => rig.most,
    slotsEach: 2,
    nameOf: (number) => `ep_1/${number}`,
    deadlines: new Deadlines(platform),
    nowMs: () => rig.now,
    open: async (number, isFurther) => {
      rig.opened.push(number);
      rig.further.push(isFurther);
      if (rig.failsToOpen) throw new Error("it does not come up");
      return { send: () => rig.answer(), [Symbol.dispose]: () => rig.closed.push(number) };
    },
  });
  const lanes = new Lanes(new Slots(2), senders);
  let widened = 0;
  const widen = async () => {
    lanes.widen(() => widened++);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { rig, lanes, widen, widened: () => widened };
}

/** Makes so many requests, one after the other. */
async function spend(lanes: Lanes, requests: number): Promise<void> {
  for (let n = 0; n < requests; n++) {
    const lane = lanes.take();
    await lane.link?.send(REQUEST);
    lane.release();
  }
}

describe("what an endpoint sends by", () => {
  it("is its own connections first, then those of the senders that were opened, the first ones first", async () => {
    const { lanes, widen, rig } = scene();
    const own = [lanes.take(), lanes.take()];
    expect(own.map(({ link }) => link)).toEqual([null, null]);
    expect(lanes.isFree).toBe(false);
    await widen();
    const first = lanes.take();
    expect(first.link).not.toBeNull();
    await widen();
    expect(rig.opened, "while one is free no other is opened").toEqual([1]);
    expect(lanes.take().link).toBe(first.link);
    await widen();
    expect(rig.opened, "as many again, and one").toEqual([1, 2, 3]);
    expect(lanes.held).toBe(4);
    own[0]?.release();
    expect(lanes.take().link).toBeNull();
  });

  it("is no more than its policy asks for, and its own alone where that is not more", async () => {
    const { lanes, widen, rig } = scene(1);
    expect(lanes.capacity).toBe(4);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    expect(rig.opened).toEqual([1]);
    rig.most = 0;
    expect(lanes.capacity).toBe(2);
    expect(lanes.isFree).toBe(false);
  });

  it("lets the senders sleep once nothing is under way, and opens them anew", async () => {
    const { lanes, widen, rig } = scene();
    const taken = [lanes.take(), lanes.take()];
    await widen();
    taken.push(lanes.take());
    for (const lane of taken.slice(0, 2)) lane.release();
    expect(rig.closed).toEqual([]);
    taken[2]?.release();
    expect(rig.closed).toEqual([1]);
    for (let n = 0; n < 2; n++) lanes.take();
    expect(lanes.isFree).toBe(false);
    await widen();
    expect(rig.opened).toEqual([1, 1]);
  });

  it("opens none that stays, where what waited has been sent meanwhile", async () => {
    const { lanes, widen, rig } = scene();
    const taken = [lanes.take(), lanes.take()];
    const opening = widen();
    for (const lane of taken) lane.release();
    await opening;
    expect(rig).toMatchObject({ opened: [1], closed: [1] });
  });

  it("spares a sender that was lost for a second, then for two, while its own connections send", async () => {
    const { lanes, widen, rig } = scene(1);
    rig.answer = () => Promise.reject(new Error("Network connection lost."));
    const own = [lanes.take(), lanes.take()];
    for (const restMs of [1000, 2000]) {
      await widen();
      const lane = lanes.take();
      await expect(lane.link?.send(REQUEST)).rejects.toThrow(SenderLost);
      lane.release();
      rig.now += restMs - 1;
      const before = rig.opened.length;
      await widen();
      expect(rig.opened).toHaveLength(before);
      expect(lanes.isFree).toBe(false);
      own.pop()?.release();
      expect(lanes.isFree).toBe(true);
      own.push(lanes.take());
      rig.now += 1;
    }
    rig.answer = async () => SENT;
    await widen();
    expect(await lanes.take().link?.send(REQUEST)).toEqual(SENT);
  });

  it("spares one that does not come up, and hears of none", async () => {
    const { lanes, widen, widened, rig } = scene(1);
    rig.failsToOpen = true;
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    await widen();
    expect(rig.opened).toEqual([1]);
    expect(widened()).toBe(0);
  });

  it("takes what a sender has no memory for elsewhere, and cuts off nothing that it sends", async () => {
    const { lanes, widen, rig } = scene(1);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    const { promise, resolve } = Promise.withResolvers<SentAnswer>();
    rig.answer = () => promise;
    const sending = lanes.take().link?.send(REQUEST);
    rig.answer = async () => ({ outcome: "full" });
    await expect(lanes.take().link?.send(REQUEST)).rejects.toThrow(SenderLost);
    expect(rig.closed).toEqual([]);
    resolve(SENT);
    expect(await sending).toEqual(SENT);
  });

  it("gives a sender a new invocation after a thousand requests", async () => {
    const { lanes, widen, rig } = scene(1);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    await spend(lanes, 1000);
    expect(lanes.isFree).toBe(false);
    expect(rig.closed).toEqual([1]);
    await widen();
    expect(rig.opened).toEqual([1, 1]);
    expect(lanes.isFree).toBe(true);
  });

  it("begins a sender's next invocation at once, while a slow request of a spent one goes on", async () => {
    const { lanes, widen, rig } = scene(1);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    const { promise, resolve } = Promise.withResolvers<SentAnswer>();
    rig.answer = () => promise;
    const slow = lanes.take();
    const sending = slow.link?.send(REQUEST);
    rig.answer = async () => SENT;
    await spend(lanes, 999);
    expect(lanes.isFree).toBe(false);
    await widen();
    expect(rig).toMatchObject({ opened: [1, 1], further: [false, true], closed: [] });
    const next = lanes.take();
    expect(await next.link?.send(REQUEST)).toEqual(SENT);
    expect(lanes.isFree, "the slow one has one of its connections").toBe(false);
    resolve(SENT);
    expect(await sending).toEqual(SENT);
    slow.release();
    expect(rig.closed).toEqual([1]);
    expect(lanes.isFree).toBe(true);
  });

  it("keeps what a spent sender has under way, where its next invocation does not begin", async () => {
    const { lanes, widen, rig } = scene(1);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    const { promise, resolve } = Promise.withResolvers<SentAnswer>();
    rig.answer = () => promise;
    const sending = lanes.take().link?.send(REQUEST);
    rig.answer = async () => SENT;
    await spend(lanes, 999);
    rig.failsToOpen = true;
    await widen();
    expect(rig).toMatchObject({ opened: [1, 1], closed: [] });
    resolve(SENT);
    expect(await sending).toEqual(SENT);
  });

  it("has a sender end all that it has under way where a further invocation was lost", async () => {
    const { lanes, widen, rig } = scene(1);
    for (let n = 0; n < 2; n++) lanes.take();
    await widen();
    const underWay = Promise.withResolvers<SentAnswer>();
    rig.answer = () => underWay.promise;
    const sending = lanes.take().link?.send(REQUEST);
    rig.answer = async () => SENT;
    await spend(lanes, 999);
    await widen();
    rig.answer = () => Promise.reject(new Error("Network connection lost."));
    const lane = lanes.take();
    await expect(lane.link?.send(REQUEST)).rejects.toThrow(SenderLost);
    lane.release();
    rig.now += 1000;
    await widen();
    expect(rig.further).toEqual([false, true, false]);
    // What its limit of time would find unanswered later fails whatever test is running then.
    underWay.resolve(SENT);
    await sending;
  });
});
