import { expect, it } from "vitest";
import type { Json } from "./client.ts";
import { eventually } from "./eventually.ts";
import { setScene } from "./scene.ts";

/** Where each dialect has the event's id. */
const ID_IN: Record<string, (headers: Json, body: Json) => unknown> = {
  atlas: (headers, body) => headers["atlas-delivery"] === body.id && body.id,
  standard: (headers) => headers["webhook-id"],
  atomic: (_headers, body) => (body.data as Json).id,
};

const scene = setScene("ownids", {}, { ARCHIVE_AFTER_SECONDS: "1" });

it("an own id is found, archived too and after kill -9; receivers get ours beside, the same in every dialect", async () => {
  for (const dialect of Object.keys(ID_IN)) await scene.create({ dialect, description: dialect });
  const event = { type: scene.type, data: { n: 1 }, id: "orders/№17 paid?" };
  const published = await scene.service.client.request("POST", "/v1/events", event);
  expect([published.status, published.body.id]).toEqual([202, event.id]);
  const { event_id: eventId } = published.body;
  const received = await scene.receiver.received(3);
  const ids = received.map(({ headers, body }) => {
    const dialect = "atlas-delivery" in headers ? "atlas" : "webhook-id" in headers ? "standard" : "atomic";
    return ID_IN[dialect]?.(headers, JSON.parse(body.toString()));
  });
  expect(ids).toEqual([eventId, eventId, eventId]);
  const path = `/v1/events/${encodeURIComponent(event.id)}`;
  await eventually("the archive to hold it", async () => {
    const { text } = await scene.service.operator.request("GET", "/metrics");
    return /^atlas_unarchived_events\S* 0$/m.test(text);
  });
  await scene.service.kill9();
  await scene.service.restart();
  expect(await scene.service.client.get(path)).toMatchObject({
    id: event.id,
    event_id: eventId,
    data: { n: 1 },
  });
  expect((await scene.service.client.request("POST", "/v1/events", event)).body).toEqual(published.body);
  const other = await scene.service.client.request("POST", "/v1/events", { ...event, data: { n: 2 } });
  expect(other.status).toBe(409);
});
