import { expect, it } from "vitest";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { Receiver } from "./receiver.ts";
import { WithoutAddress } from "./without-address.ts";

const scene = WithoutAddress.set();

interface PulledPage {
  data: {
    delivery_id: string;
    event_id: string;
    attempt: number;
    request: { headers: Json; body: string };
  }[];
  ack: string | null;
  lease_until: string | null;
  acknowledged: number;
}

function pull(id: string, query = ""): Promise<PulledPage> {
  return scene.service.client.get<PulledPage>(`/v1/endpoints/${id}/pull${query}`);
}

it("hands events out to be pulled, signed and in order, and records what is acknowledged as their attempt", async () => {
  const headers = { "X-Tenant": "tenant-secret" };
  const { id, type } = await scene.create({ transport: "pull", serialize: false, headers });
  const events = await scene.publish(type, 5);
  await eventually("there", async () => (await scene.queue(id)).depth === 5);
  const first = await pull(id, "?limit=3");
  expect(first.data.map(({ event_id, attempt }) => [event_id, attempt])).toEqual(
    events.slice(0, 3).map((event) => [event, 1]),
  );
  expect(first.data[0]?.request.headers["webhook-signature"]).toMatch(/^v1,/);
  const rest = await pull(id, `?ack=${first.ack}`);
  expect(rest.acknowledged).toBe(3);
  expect(rest.data.map(({ event_id }) => event_id)).toEqual(events.slice(3));
  expect((await pull(id, `?ack=${first.ack}`)).acknowledged).toBe(0);
  const answers = [{ delivery_id: rest.data[0]?.delivery_id, status: 503, body: "not now: tenant-secret" }];
  const acked = await scene.service.client.request<Json>("POST", `/v1/endpoints/${id}/pull/ack`, {
    ack: rest.ack,
    answers,
  });
  expect(acked.body).toEqual({ acknowledged: 2 });
  const again = await pull(id, "?wait=5");
  expect(again.data.map(({ event_id, attempt }) => [event_id, attempt])).toEqual([[events[3], 2]]);
  await pull(id, `?ack=${again.ack}`);
  const attempts = await scene.attemptsOf(id, events[3] as string);
  expect(attempts.map(({ error, response }) => [error, response?.status, response?.body])).toEqual([
    ["status", 503, "not now: ***"],
    [null, 200, ""],
  ]);
  expect(attempts[0]?.request.headers["webhook-signature"]).toBe(
    rest.data[0]?.request.headers["webhook-signature"],
  );
  expect((await scene.queue(id)).depth).toBe(0);
});

it("has one event out at a time where the order is strict, and keeps that through a kill of the service", async () => {
  const { id, type } = await scene.create({ transport: "pull" });
  const events = await scene.publish(type, 2);
  await eventually("there", async () => (await scene.queue(id)).depth === 2);
  const first = await pull(id, "?limit=10&lease=60");
  expect(first.data.map(({ event_id }) => event_id)).toEqual(events.slice(0, 1));
  expect((await pull(id, "?limit=10")).data).toEqual([]);
  expect((await scene.queue(id)).wait?.why).toBe("in_flight");
  await scene.service.kill9();
  await scene.service.restart();
  expect((await pull(id)).data).toEqual([]);
  const second = await pull(id, `?ack=${first.ack}`);
  expect(second.acknowledged).toBe(1);
  expect(second.data.map(({ event_id }) => event_id)).toEqual(events.slice(1));
});

it("counts what is not acknowledged in time as a failed attempt, and hands it out again by the policy", async () => {
  const { id, type } = await scene.create({ transport: "pull" });
  const [event = ""] = await scene.publish(type, 1);
  const first = await pull(id, "?lease=1&wait=20");
  expect(first.data).toHaveLength(1);
  const again = await pull(id, "?wait=20");
  expect(again.data.map(({ event_id, attempt }) => [event_id, attempt])).toEqual([[event, 2]]);
  expect((await pull(id, `?ack=${first.ack}`)).acknowledged).toBe(0);
  expect((await pull(id, `?ack=${again.ack}`)).acknowledged).toBe(1);
  expect((await scene.attemptsOf(id, event)).map(({ error }) => error)).toEqual(["timeout", null]);
});

it("sends no attempt again that is out when its endpoint is called from now on: the lease ends first", async () => {
  const { id, type } = await scene.create({ transport: "pull", retry: { delays: [0.1], jitter: 0 } });
  const receiver = await Receiver.start();
  const [event = ""] = await scene.publish(type, 1);
  expect((await pull(id, "?lease=1&wait=20")).data).toHaveLength(1);
  const called = { transport: "http", url: receiver.url };
  expect((await scene.service.client.request("PATCH", `/v1/endpoints/${id}`, called)).status).toBe(200);
  await eventually("delivered", async () => (await scene.queue(id)).depth === 0);
  const attempts = await scene.attemptsOf(id, event);
  expect(attempts.map(({ number, error }) => [number, error])).toEqual([
    [1, "timeout"],
    [2, null],
  ]);
  expect(receiver.requests).toHaveLength(1);
  await receiver.stop();
});

it("waits for an event that comes meanwhile, hands it to one of several who wait, and refuses what it cannot do", async () => {
  const { client } = scene.service;
  const { id, type } = await scene.create({ transport: "pull", serialize: false });
  const waiting = [pull(id, "?wait=20"), pull(id, "?wait=20")];
  const first = await client.publish({ type, data: { n: 1 } });
  expect((await Promise.race(waiting)).data.map(({ event_id }) => event_id)).toEqual([first]);
  const second = await client.publish({ type, data: { n: 2 } });
  const handedOut = (await Promise.all(waiting)).flatMap(({ data }) => data.map(({ event_id }) => event_id));
  expect(handedOut.toSorted()).toEqual([first, second].toSorted());
  const statuses = async (...paths: string[]) =>
    Promise.all(paths.map(async (path) => (await client.request("GET", `/v1/endpoints/${path}`)).status));
  const { id: listened } = await scene.create();
  expect(
    await statuses(`${id}/pull?limit=101`, `${id}/pull?wait=21`, `${id}/pull?ack=x`, `${listened}/pull`),
  ).toEqual([422, 422, 422, 422]);
  await client.request("PATCH", `/v1/endpoints/${id}`, { status: "disabled" });
  expect(await statuses(`${id}/pull`)).toEqual([409]);
});
