import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RELEASES } from "../released/versions.ts";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { ok, Receiver } from "./receiver.ts";
import { ReleasedService, releasedData } from "./released-service.ts";

describe.each(RELEASES)("a data directory of $version", ({ version }) => {
  const released = releasedData(version);
  const { endpoints, events } = released;
  let service: ReleasedService;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start(() => ok);
    service = await ReleasedService.start(released);
  });

  afterAll(async () => {
    await service?.remove();
    await receiver?.stop();
  });

  const deliveriesOf = async (id: string) =>
    (await service.client.get<{ data: Json[] }>(`/v1/endpoints/${id}/deliveries`)).data;

  it("opens with its endpoints, and with a default for each field that it did not know", async () => {
    const { data } = await service.client.get<{ data: Json[] }>("/v1/endpoints");
    expect(data.map(({ id }) => id).toSorted()).toEqual(Object.values(endpoints).toSorted());
    for (const endpoint of data) expect(endpoint).toMatchObject({ success_statuses: null });
    const first = data.find(({ id }) => id === endpoints.delivered);
    expect(first).toMatchObject({
      ...{ dialect: "atlas", headers: { "X-Own": "***" }, rate_limit: { per_second: 1000 } },
      ...{ auth: { type: "basic", username: "anna", password: "***" } },
    });
  });

  it("has its events, their deliveries and the records of attempts", async () => {
    for (const id of events) {
      const event = await service.client.get(`/v1/events/${id}`);
      expect(event).toMatchObject({ type: "deal.created", tags: ["eu"], context: { region: "eu" } });
    }
    const delivered = await deliveriesOf(endpoints.delivered);
    expect(delivered.map(({ status }) => status)).toEqual(Array(4).fill("delivered"));
    const detail = await service.client.get<{ attempts: Json[] }>(
      `/v1/endpoints/${endpoints.delivered}/deliveries/${delivered[0]?.id}`,
    );
    expect(detail.attempts).toMatchObject([{ number: 1, outcome: "success", response: { status: 200 } }]);
    expect(
      await service.client.get(`/v1/endpoints/${endpoints.disabled}/replays/${released.job}`),
    ).toMatchObject({ state: "done", total: 3, done: 3 });
  });

  it("delivers what was pending, in order", async () => {
    const before = await deliveriesOf(endpoints.failing);
    expect(before.map(({ status }) => status)).toEqual(Array(4).fill("pending"));
    const path = `/v1/endpoints/${endpoints.failing}`;
    const answer = await service.client.request("PATCH", path, { url: receiver.url });
    expect(answer.status, answer.text).toBe(200);
    await eventually("all four are delivered", async () =>
      (await deliveriesOf(endpoints.failing)).every(({ status }) => status === "delivered"),
    );
    const numbers = receiver.requests.map(({ body }) => JSON.parse(body.toString()).data.id);
    expect(numbers).toEqual(["deal_1", "deal_2", "deal_3", "deal_4"]);
  });

  it("takes new events and delivers what waited while it was paused", async () => {
    const path = `/v1/endpoints/${endpoints.paused}`;
    const answer = await service.client.request("PATCH", path, { url: receiver.url, status: "enabled" });
    expect(answer.status, answer.text).toBe(200);
    const body = { type: "deal.created", data: { id: "deal_5", value: 20, stage: "won" } };
    expect((await service.client.request("POST", "/v1/events", body)).status).toBe(202);
    await eventually("what waited and the new one are delivered", async () => {
      const deliveries = await deliveriesOf(endpoints.paused);
      return deliveries.length === 4 && deliveries.every(({ status }) => status === "delivered");
    });
  });
});
