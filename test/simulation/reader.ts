import type { PlayedEndpoint, Publication } from "./model.ts";
import type { Play } from "./play.ts";

/** A delivery as the answers that tell of one show it. */
interface ShownDelivery {
  id: string;
  sequence: number;
  status: string;
}

interface Explained {
  endpoint_id: string;
  delivery: ShownDelivery | null;
}

/** Looks at what people look at: lists and counts, an endpoint's queue, and what became of the event that was accepted last. */
export async function read(play: Play, endpoint: PlayedEndpoint): Promise<void> {
  const path = `/v1/endpoints/${endpoint.id}`;
  await play.once("GET", `${path}/stats?window=1h`);
  await play.once("GET", "/v1/deliveries?limit=50");
  await play.once("GET", "/v1/events?limit=50");
  const queue = await play.once("GET", `${path}/queue`);
  const head = (queue.body.head ?? null) as ShownDelivery | null;
  if (head !== null && head.status !== "pending")
    play.client.surprises.push(`the head of endpoint ${endpoint.number}'s queue is ${head.status}`);
  const published = [...play.publications.values()].findLast(
    ({ acceptedAt, workspace }) => acceptedAt !== null && workspace === play.main.id,
  );
  if (published === undefined) return;
  await search(play, published);
  for (const id of published.ids) await explain(play, id);
}

/** An event of a 202 is found by its data. */
async function search(play: Play, { n, ids }: Publication): Promise<void> {
  const call = { method: "POST", path: "/v1/events/search", key: play.main.key };
  const found: string[] = [];
  let cursor: unknown = null;
  do {
    const body = { text: `"n":${n},`, ...(cursor === null ? {} : { cursor }) };
    const page = await play.client.insist({ ...call, body, until: [200] });
    found.push(...(page.body.data as { event_id: string }[]).map(({ event_id }) => event_id));
    cursor = page.body.next_cursor;
  } while (cursor !== null);
  for (const id of ids)
    if (!found.includes(id)) play.client.surprises.push(`a search for event ${n} does not find ${id}`);
}

/** What an event is said to have come to at an endpoint, its list of deliveries says no other thereafter. */
async function explain(play: Play, id: string): Promise<void> {
  const explained = await play.once("GET", `/v1/events/${id}/explain?limit=50`, undefined, [200]);
  const rows = await play.client.list<ShownDelivery & { endpoint_id: string }>(
    `/v1/events/${id}/deliveries`,
    play.main.key,
  );
  for (const { endpoint_id, delivery } of explained.body.data as Explained[]) {
    // What is deleted takes its deliveries with it.
    const isDeleted = play.all.some((one) => one.id === endpoint_id && one.deletedAt !== null);
    if (delivery === null || isDeleted) continue;
    const row =
      rows.find((one) => one.id === delivery.id) ??
      rows.find((one) => one.endpoint_id === endpoint_id && one.sequence > delivery.sequence);
    // It may have ended since; what has ended stays so. A replay since is another delivery.
    const isTrue =
      row !== undefined &&
      (row.id !== delivery.id || delivery.status === "pending" || row.status === delivery.status);
    if (!isTrue)
      play.client.surprises.push(
        `event ${id} is explained as ${delivery.status} at ${endpoint_id}, its deliveries say ${row?.status}`,
      );
  }
}
