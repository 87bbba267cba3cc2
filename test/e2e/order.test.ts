import { describe, expect, it } from "vitest";
import type { SeenAttempt } from "../promises/attempt.ts";
import { orderViolations } from "../promises/order.ts";
import { allowedRepeats, repeatsOf, tooManyRepeats } from "../promises/repeats.ts";
import { publishMany } from "./endpoint.ts";
import { eventually } from "./eventually.ts";
import { Random } from "./random.ts";
import { failed, ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

const EVENTS = 500;
const BATCH = 100;
const SEED = 20261121;
const RETRY = { delays: Array.from({ length: 20 }, () => 0.1), jitter: 0 };

/** The same numbers each time, so that a failure can be run again. */
const refusals = () => new Random(SEED, "order");

/** A service of its own with a receiver that refuses a third of all requests. */
class RefusingThird {
  readonly service: Service;
  readonly receiver: Receiver;
  /** Event ids in the order in which the receiver first accepted them. */
  readonly accepted: string[] = [];
  /** All attempts, as the promises are judged by; none takes any time. */
  readonly attempts: SeenAttempt[] = [];
  #life = 1;

  private constructor(service: Service, receiver: Receiver) {
    this.service = service;
    this.receiver = receiver;
    const random = refusals();
    receiver.answer = (request) => {
      const isSuccess = !random.happens(1 / 3);
      const id = String(request.headers["atlas-delivery"]);
      this.attempts.push({
        ...{ event: id, sequence: Number(request.headers["atlas-sequence"]), life: this.#life, isSuccess },
        ...{ startedAt: request.arrivedAt, endedAt: request.arrivedAt },
      });
      if (!isSuccess) return failed;
      if (!this.accepted.includes(id)) this.accepted.push(id);
      return ok;
    };
  }

  static async start(): Promise<RefusingThird> {
    return new RefusingThird(await Service.start(), await Receiver.start());
  }

  async kill9(): Promise<void> {
    await this.service.kill9();
    this.#life++;
    await this.service.restart();
  }

  /** What of promises 2 and 3 was broken. */
  get violations(): string[] {
    const repeats = repeatsOf(this.attempts, ({ event }) => event);
    return [
      ...orderViolations(this.attempts, { endsInSuccess: true, slackMs: 1 }),
      ...repeats.withoutCrash,
      ...tooManyRepeats(repeats, allowedRepeats({ serialize: true, inFlight: 1 })),
    ];
  }

  /** All requests as sequence numbers. */
  get sequences(): number[] {
    return this.receiver.requests.map((request) => Number(request.headers["atlas-sequence"]));
  }

  /** Makes a serialized endpoint and publishes to it in batches; the ids in accept order. */
  async publish(type: string): Promise<string[]> {
    await this.service.client.createEndpoint({
      url: this.receiver.url,
      dialect: "atlas",
      serialize: true,
      types: [type],
      retry: RETRY,
    });
    const ids: string[] = [];
    while (ids.length < EVENTS) ids.push(...(await publishMany(this.service.client, type, BATCH)));
    return ids;
  }

  async remove(): Promise<void> {
    await this.receiver.stop();
    await this.service.remove();
  }
}

/** How many of the first `requests` the seeded receiver refused. */
function failures(requests: number): number {
  const random = refusals();
  return Array.from({ length: requests }, () => random.happens(1 / 3)).filter(Boolean).length;
}

// Side by side, each with a service of its own: they mostly wait for retries, and measure no time.
describe.concurrent("order with serialize, a third of all attempts failing", () => {
  it("500 events arrive in the order in which they were accepted", async ({ onTestFinished }) => {
    const rig = await RefusingThird.start();
    onTestFinished(() => rig.remove());
    const ids = await rig.publish("order.plain");
    await eventually("all events", () => rig.accepted.length === EVENTS, 90_000);
    expect(rig.accepted).toEqual(ids);
    expect(rig.violations).toEqual([]);
    // Nothing was attempted out of turn either: sequence numbers never go back and leave no gap.
    const { sequences } = rig;
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(EVENTS);
  }, 120_000);

  it("and also across kill -9: at most the attempt in flight is repeated", async ({ onTestFinished }) => {
    const rig = await RefusingThird.start();
    onTestFinished(() => rig.remove());
    const ids = await rig.publish("order.killed");
    for (const part of [1 / 4, 1 / 2, 3 / 4]) {
      await eventually(`${part} of the events`, () => rig.accepted.length >= EVENTS * part, 30_000);
      await rig.kill9();
    }
    await eventually("all events", () => rig.accepted.length === EVENTS, 30_000);
    expect(rig.accepted).toEqual(ids);
    expect(rig.violations).toEqual([]);
    const { sequences } = rig;
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    const acceptedRequests = sequences.length - failures(sequences.length);
    expect(acceptedRequests).toBeLessThanOrEqual(EVENTS + 3);
  }, 120_000);
});

describe.concurrent("an event answered with 202", () => {
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

describe.concurrent("a workspace whose log_shards is raised while events are published", () => {
  it("loses none and keeps each key's order through the raise and kill -9, and deletes all of its logs", async () => {
    const service = await Service.start();
    const receiver = await Receiver.start();
    const random = refusals();
    receiver.answer = () => (random.happens(1 / 10) ? failed : ok);
    const keys = ["ada", "bob", "cyd", "dan", "eve"];
    const { id: endpointId } = await service.client.createEndpoint({
      ...{ url: receiver.url, dialect: "atlas", types: ["sharded"], retry: RETRY, order: { by: "data.key" } },
    });
    const accepted = new Map(keys.map((key) => [key, [] as number[]]));
    /** Each key one event after the other, by an id that makes what is sent again the same. */
    const publish = async (key: string, from: number, to: number) => {
      for (let n = from; n < to; ) {
        const event = { type: "sharded", id: `${key}-${n}`, data: { key, n } };
        const answer = await service.client.request("POST", "/v1/events", event).catch(() => null);
        if (answer?.status !== 202) continue;
        accepted.get(key)?.push(n++);
      }
    };
    const all = (from: number, to: number) => Promise.all(keys.map((key) => publish(key, from, to)));
    const raise = (count: number) =>
      service.client.request("PATCH", "/v1/workspace", { log_shards: count, shard_by: "data.key" });
    await all(0, 10);
    const [raised] = await Promise.all([raise(3), all(10, 20)]);
    expect(raised.status, raised.text).toBe(200);
    const publishing = all(20, 30);
    const killed = raise(8).catch(() => null);
    await service.kill9();
    await killed;
    await service.restart();
    await publishing;
    expect((await raise(8)).status).toBe(200);
    await all(30, 40);
    const arrived = (key: string) => {
      const seen = receiver.requests.map(
        ({ body }) => JSON.parse(body.toString()).data as { key: string; n: number },
      );
      return [...new Set(seen.filter((one) => one.key === key).map(({ n }) => n))];
    };
    const expected = Array.from({ length: 40 }, (_, n) => n);
    await eventually("all events", () => keys.every((key) => arrived(key).length === 40), 60_000);
    for (const key of keys) expect([accepted.get(key), arrived(key)]).toEqual([expected, expected]);
    const listed = new Set<string>();
    for (let cursor = ""; ; ) {
      const page = await service.client.get<{ data: { id: string }[]; next_cursor: string | null }>(
        `/v1/events?limit=100${cursor}`,
      );
      for (const { id } of page.data) listed.add(id);
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(listed.size).toBe(keys.length * 40);
    expect((await service.client.request("DELETE", `/v1/endpoints/${endpointId}`)).status).toBe(204);
    const workspace = await service.client.get<{ id: string }>("/v1/workspace");
    expect((await service.operator.request("DELETE", `/v1/workspaces/${workspace.id}`)).status).toBe(204);
    await receiver.stop();
    await service.remove();
  }, 120_000);
});
