import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { Random } from "./random.ts";
import { ok, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";
import { type LoadedEvent, SteadyLoad } from "./steady-load.ts";

const EVENTS_PER_SECOND = 200;
/** Events of each type that are published before the next change. */
const BETWEEN = 60;
const MAX_IN_FLIGHT = 4;

/** One change of an endpoint: an event sent after `answeredAt` follows it, one answered before `sentAt` does not. */
interface Change {
  sentAt: number;
  answeredAt: number;
}

async function timed(change: () => Promise<void>): Promise<Change> {
  const sentAt = performance.now();
  await change();
  return { sentAt, answeredAt: performance.now() };
}

/** A receiver that fails one attempt in five, so that something is always pending. */
async function failingReceiver(): Promise<Receiver> {
  const random = new Random(7, "changes");
  return Receiver.start(() => (random.happens(0.2) ? { kind: "status", status: 500 } : ok));
}

describe("while 200 events/s are published", () => {
  let service: Service;
  let load: SteadyLoad;
  let receiver: Receiver;

  beforeAll(async () => {
    service = await Service.start();
    load = new SteadyLoad(service.client, ["load.a", "load.b"], EVENTS_PER_SECOND);
    receiver = await failingReceiver();
  });

  afterAll(async () => {
    await load.stop().finally(() => Promise.all([receiver.stop(), service.remove()]));
  });

  async function create(): Promise<{ id: string; created: Change }> {
    let id = "";
    const created = await timed(async () => {
      const settings = {
        url: receiver.url,
        dialect: "atlas",
        types: ["load.a"],
        max_in_flight: MAX_IN_FLIGHT,
      };
      const retry = { delays: Array.from({ length: 20 }, () => 0.2), jitter: 0 };
      id = (await service.client.createEndpoint({ ...settings, retry })).id;
    });
    return { id, created };
  }

  const patch = (id: string, body: Json): Promise<Change> =>
    timed(async () => {
      const { status, text } = await service.client.request("PATCH", `/v1/endpoints/${id}`, body);
      expect(status, text).toBe(200);
    });

  /** Published for certain between two changes. */
  const between = (from: Change, to: Change, type: string): LoadedEvent[] =>
    load.events.filter(
      (event) =>
        event.type === type && event.sentAt > from.answeredAt && (event.answeredAt ?? Infinity) < to.sentAt,
    );

  const arrived = (): Set<string> =>
    new Set(receiver.requests.map((one) => String(one.headers["atlas-delivery"])));

  const untilArrived = (events: readonly LoadedEvent[]): Promise<boolean> =>
    eventually("the events at the receiver", () => {
      const ids = arrived();
      return events.every(({ id }) => ids.has(String(id)));
    });

  const untilNothingIsPending = (id: string): Promise<boolean> =>
    eventually("nothing pending", async () => {
      const { data } = await service.client.get<{ data: Json[] }>(
        `/v1/endpoints/${id}/deliveries?status=pending`,
      );
      return data.length === 0;
    });

  it("an endpoint gets what is published after its 201, and types hold from the moment PATCH answers", async () => {
    const start = { sentAt: performance.now(), answeredAt: performance.now() };
    await load.sent(BETWEEN, "load.a");
    const { id, created } = await create();
    await load.sent(BETWEEN, "load.a");
    const patched = await patch(id, { types: ["load.b"] });
    await load.sent(BETWEEN, "load.b");
    const paused = await patch(id, { types: ["never.published"] });
    const expected = [...between(created, patched, "load.a"), ...between(patched, paused, "load.b")];
    expect(expected.length).toBeGreaterThan(BETWEEN);
    await untilArrived(expected);
    await untilNothingIsPending(id);
    const refused = [
      ...between(start, created, "load.a"),
      ...between(created, patched, "load.b"),
      ...between(patched, paused, "load.a"),
    ];
    expect(refused.length).toBeGreaterThan(BETWEEN);
    const ids = arrived();
    expect(refused.filter((event) => ids.has(String(event.id)))).toEqual([]);
  });

  it("a disabled endpoint is attempted no more, what it matches is missed, and enabled it goes on", async () => {
    const { id } = await create();
    await load.sent(BETWEEN, "load.a");
    const disabled = await patch(id, { status: "disabled" });
    const answeredAt = Date.now();
    await load.sent(2 * BETWEEN, "load.a");
    const askedAt = Date.now();
    const enabled = await patch(id, { status: "enabled" });
    const missed = between(disabled, enabled, "load.a");
    const late = receiver.requests.filter((one) => one.arrivedAt > answeredAt && one.arrivedAt < askedAt);
    // What may have been in flight when the change was answered.
    expect(late.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    await load.sent(BETWEEN, "load.a");
    const off = await patch(id, { types: ["never.published"] });
    await untilArrived(between(enabled, off, "load.a"));
    await untilNothingIsPending(id);
    const ids = arrived();
    expect(missed.length).toBeGreaterThan(BETWEEN);
    expect(missed.filter((event) => ids.has(String(event.id)))).toEqual([]);
    for (const event of missed.slice(0, 10)) {
      const deliveries = await service.client.get<{ missed: string[] }>(`/v1/events/${event.id}/deliveries`);
      expect(deliveries.missed).toContain(id);
    }
  });

  it("of endpoints that are made at the same moment, those whose clients hang up hold up none of the others", async () => {
    const settings = { url: receiver.url, types: ["never.published"] };
    const { url, key } = service.client;
    const hangUp = async (afterMs: number) => {
      const signal = AbortSignal.timeout(afterMs);
      const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
      const body = JSON.stringify(settings);
      await fetch(`${url}/v1/endpoints`, { method: "POST", headers, body, signal }).catch(() => undefined);
    };
    const made: string[] = [];
    for (let round = 0; round < 10; round++) {
      const making: Promise<void>[] = [];
      for (let n = 0; n < 6; n++) {
        making.push(hangUp(2 * n + round));
        making.push(service.client.createEndpoint(settings).then(({ id }) => void made.push(id)));
      }
      await Promise.all(making);
    }
    expect(new Set(made).size).toBe(60);
    for (const id of made.slice(-6)) await service.client.get(`/v1/endpoints/${id}`);
  });

  it("a deleted endpoint gets nothing more, and nothing brings it back", async () => {
    const { id, created } = await create();
    await load.sent(BETWEEN, "load.a");
    const deleted = await timed(async () => {
      expect((await service.client.request("DELETE", `/v1/endpoints/${id}`)).status).toBe(204);
    });
    const answeredAt = Date.now();
    const before = between(created, deleted, "load.a");
    await load.sent(2 * BETWEEN, "load.a");
    await load.stop();
    await service.kill9();
    await service.restart();
    load = new SteadyLoad(service.client, ["load.a", "load.b"], EVENTS_PER_SECOND);
    await load.sent(BETWEEN, "load.a");
    const late = receiver.requests.filter((one) => one.arrivedAt > answeredAt);
    expect(late.length).toBeLessThanOrEqual(MAX_IN_FLIGHT);
    expect((await service.client.request("GET", `/v1/endpoints/${id}`)).status).toBe(404);
    const deliveries = await service.client.get<{ data: Json[]; deleted: string[] }>(
      `/v1/events/${before[0]?.id}/deliveries`,
    );
    expect(deliveries.deleted).toContain(id);
    expect(deliveries.data.filter((delivery) => delivery.endpoint_id === id)).toEqual([]);
  });
});
