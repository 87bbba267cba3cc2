import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { type Answer, Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";
import { SteadyLoad } from "./steady-load.ts";

const EVENTS = 150;
const EVENTS_PER_SECOND = 100;
/** A held delivery would wait for the bad receiver's timeout, 30 s, once for each event in front of it. */
const NOT_HELD_MS = 30_000;

const BAD: Answer[] = [
  { kind: "hang" },
  { kind: "drip", everyMs: 100 },
  { kind: "huge", bytes: 64 * 1024 * 1024 },
  { kind: "status", status: 200, delayMs: 20_000 },
];

describe("a bad receiver delays only its own endpoint", () => {
  let service: Service;

  beforeAll(async () => {
    service = await Service.start();
  });

  afterAll(async () => {
    await service.remove();
  });

  it.each(BAD)("$kind", async (answer) => {
    const bad = await Receiver.start(() => answer);
    const good = await Receiver.start();
    const type = `isolation.${answer.kind}`;
    for (const serialize of [false, true]) {
      await service.client.createEndpoint({ url: bad.url, types: [type], timeout: 30, serialize });
      await service.client.createEndpoint({ url: good.url, types: [type], dialect: "atlas", serialize });
    }
    const load = new SteadyLoad(service.client, [type], EVENTS_PER_SECOND);
    await load.sent(EVENTS, type);
    await load.stop();
    await eventually(
      "every event at both good endpoints",
      () => good.requests.length >= 2 * load.events.length,
    );
    const sentAt = new Map(load.events.map((event) => [event.id, performance.timeOrigin + event.sentAt]));
    const delaysMs = good.requests.map(
      (request) => request.arrivedAt - (sentAt.get(String(request.headers["atlas-delivery"])) ?? 0),
    );
    expect(Math.max(...delaysMs)).toBeLessThan(NOT_HELD_MS);
    expect(bad.requests.length).toBeGreaterThan(0);
    await Promise.all([bad.stop(), good.stop()]);
  });
});
