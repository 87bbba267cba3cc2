import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { type Answer, ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

const EVENTS = 500;
const BATCH = 100;
const RETRY = { delays: Array.from({ length: 20 }, () => 0.1), jitter: 0 };
const failed: Answer = { kind: "status", status: 500 };

/** The same numbers from 0 to 1 for the same seed (mulberry32), so that a failure can be run again. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("order with serialize, a third of all attempts failing", () => {
  let service: Service;
  let receiver: Receiver;
  /** Event ids in the order in which the receiver first accepted them. */
  let accepted: string[];
  /** All requests as sequence numbers. */
  const sequences = () => receiver.requests.map((request) => Number(request.headers["atlas-sequence"]));

  beforeAll(async () => {
    service = await Service.start();
  });

  afterAll(async () => {
    await service.remove();
  });

  beforeEach(async () => {
    accepted = [];
    const random = seeded(20261121);
    receiver = await Receiver.start((request) => {
      if (random() < 1 / 3) return failed;
      const id = String(request.headers["atlas-delivery"]);
      if (!accepted.includes(id)) accepted.push(id);
      return ok;
    });
    return () => receiver.stop();
  });

  /** Makes a serialized endpoint and publishes to it in batches; the ids in accept order. */
  async function publish(type: string): Promise<string[]> {
    await service.client.createEndpoint({
      url: receiver.url,
      dialect: "atlas",
      serialize: true,
      types: [type],
      retry: RETRY,
    });
    const ids: string[] = [];
    for (let first = 0; first < EVENTS; first += BATCH) {
      const events = Array.from({ length: BATCH }, (_, i) => ({ type, data: { n: first + i } }));
      const answer = await service.client.request<{ events: { id: string }[] }>("POST", "/v1/events/batch", {
        events,
      });
      expect(answer.status, answer.text).toBe(202);
      ids.push(...answer.body.events.map((event) => event.id));
    }
    return ids;
  }

  it("500 events arrive in the order in which they were accepted", async () => {
    const ids = await publish("order.plain");
    await eventually("all events", () => accepted.length === EVENTS, 55_000);
    expect(accepted).toEqual(ids);
    // Nothing was attempted out of turn either: sequence numbers never go back and leave no gap.
    expect(sequences()).toEqual(sequences().toSorted((a, b) => a - b));
    expect(new Set(sequences()).size).toBe(EVENTS);
  });

  it("and also across kill -9: at most the attempt in flight is repeated", async () => {
    const ids = await publish("order.killed");
    for (const part of [1 / 4, 1 / 2, 3 / 4]) {
      await eventually(`${part} of the events`, () => accepted.length >= EVENTS * part, 30_000);
      await service.kill9();
      await service.restart();
    }
    await eventually("all events", () => accepted.length === EVENTS, 30_000);
    expect(accepted).toEqual(ids);
    expect(sequences()).toEqual(sequences().toSorted((a, b) => a - b));
    const acceptedRequests = receiver.requests.length - failures(receiver.requests.length);
    expect(acceptedRequests).toBeLessThanOrEqual(EVENTS + 3);
  }, 120_000);
});

/** How many of the first `requests` the seeded receiver refused. */
function failures(requests: number): number {
  const random = seeded(20261121);
  return Array.from({ length: requests }, random).filter((value) => value < 1 / 3).length;
}

describe("an event answered with 202", () => {
  it("is delivered although the process is killed with -9 at that moment", async () => {
    const service = await Service.start();
    const receiver = await Receiver.start();
    await service.client.createEndpoint({ url: receiver.url, types: ["*"] });
    const ids: string[] = [];
    for (let round = 0; round < 3; round++) {
      const publishing = Array.from({ length: 20 }, (_, n) =>
        service.client.publish({ type: "survives", data: { round, n } }).then((id) => ids.push(id)),
      );
      await Promise.race(publishing);
      await service.kill9();
      await Promise.allSettled(publishing);
      await service.restart();
    }
    expect(ids.length).toBeGreaterThanOrEqual(3);
    await eventually("every accepted event", () => {
      const arrived = new Set(receiver.requests.map((request) => request.headers["webhook-id"]));
      return ids.every((id) => arrived.has(id));
    });
    await receiver.stop();
    await service.remove();
  });
});
