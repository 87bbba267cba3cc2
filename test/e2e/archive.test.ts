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

const untilArchived = () =>
  eventually("the archive to hold all events", async () => {
    const { text } = await scene.service.operator.request("GET", "/metrics");
    return /^atlas_unarchived_events\S* 0$/m.test(text);
  });

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
  await untilArchived();
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

interface SearchPage {
  data: { id: string }[];
  next_cursor: string | null;
  scanned: { events: number; characters: number; to: string | null };
}

/** All pages of a search. */
async function search(body: object): Promise<SearchPage[]> {
  const pages: SearchPage[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = { ...body, ...(cursor !== undefined && { cursor }) };
    const answer = await scene.service.client.request<SearchPage>("POST", "/v1/events/search", page);
    expect(answer.status, answer.text).toBe(200);
    pages.push(answer.body);
    cursor = answer.body.next_cursor;
  }
  return pages;
}

const SEGMENTS = 3;
const EVENTS = 1000;

it("a search goes through several archived segments page by page, each event once, and says how far it came", async () => {
  const text = "x".repeat(4000);
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const events = Array.from({ length: EVENTS }, (_, n) => {
      const number = segment * EVENTS + n;
      return { type: scene.type, id: `s-${number}`, data: { number, text } };
    });
    const answer = await scene.service.client.request("POST", "/v1/events/batch", { events });
    expect(answer.status, answer.text).toBe(202);
    await untilArchived();
  }
  await scene.service.kill9();
  await scene.service.restart();

  const found = await search({ types: [scene.type], filter: "data.number % 250 == 0", limit: 5 });
  const ids = found.flatMap(({ data }) => data.map(({ id }) => id));
  const expected = Array.from({ length: (SEGMENTS * EVENTS) / 250 }, (_, n) => `s-${n * 250}`);
  expect(ids).toEqual(expected.toReversed());

  const all = await search({ types: [scene.type], text: "nowhere" });
  const scanned = all.map((page) => page.scanned);
  expect(all.flatMap(({ data }) => data)).toEqual([]);
  expect(scanned.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThanOrEqual(SEGMENTS * EVENTS);
  // 12 MB of data, of which a page reads 4 MiB at the most, and one event beyond it.
  expect(Math.max(...scanned.map(({ characters }) => characters))).toBeLessThan(4 * 1024 * 1024 + 5000);
  expect(all.length).toBeGreaterThanOrEqual(SEGMENTS);
  const reached = scanned.flatMap(({ to }) => to ?? []);
  expect(reached).toEqual(reached.toSorted().toReversed());
  expect(scanned.at(-1)?.to).toBeNull();
});
