import type { Atlas } from "../../src/sdk/client/index.ts";
import { eventually } from "../e2e/eventually.ts";
import type { Seed } from "./seed.ts";

/** A page by the name of its heading, and a name for files. */
export interface ListedPage {
  heading: string;
  path: string;
  file: string;
}

/** Every page of the dashboard, over what a seed made; an inbox is made for its page. */
export async function allPages(atlas: Atlas, seed: Seed): Promise<ListedPage[]> {
  const breaking = seed.endpoints[1]?.id ?? "";
  await atlas.keys.create({ name: "Publisher of orders", role: "publisher" });
  await atlas.keys.create({ name: "On call", role: "reader" });
  await atlas.replays.create({ endpoint_ids: [seed.endpoints[0]?.id ?? ""], status: "delivered" });
  // What the order waits for: it was tried, and waits for its next attempt.
  const tried = async () => {
    const { head } = await atlas.endpoints.queue(breaking);
    return head !== null && head.attempt_count > 0 && head;
  };
  const delivery = await eventually("the head was tried", tried);
  const event = delivery.event_id;
  const endpoint = (tab: string, file: string): ListedPage => ({
    ...{ heading: "hooks/atlas", path: `/endpoints/${breaking}${tab}`, file: `endpoint${file}` },
  });
  const { id: listened } = await atlas.endpoints.create({ transport: "listen", types: ["none.such"] });
  const answers = [500, 500, 200].map((status) => ({ status, headers: {}, body: "", delay: 0 }));
  const inbox = await atlas.inboxes.create({ answers });
  await atlas.endpoints.create({ url: inbox.url, description: "Inbox", retry: { delays: [0.1, 0.1] } });
  await atlas.events.publish({ type: "deal.created", data: { id: "deal_1", value: 48_000 } });
  return [
    { heading: "Overview", path: "/", file: "overview" },
    { heading: "Endpoints", path: "/endpoints", file: "endpoints" },
    { heading: "New endpoint", path: "/endpoints/new", file: "endpoint-new" },
    { heading: "Edit endpoint", path: `/endpoints/${breaking}/edit`, file: "endpoint-edit" },
    endpoint("", ""),
    { heading: "listen:", path: `/endpoints/${listened}`, file: "endpoint-listened" },
    endpoint("/deliveries", "-deliveries"),
    endpoint("/health", "-health"),
    endpoint("/secret", "-secret"),
    endpoint("/replays", "-replays"),
    endpoint("/versions", "-versions"),
    { heading: "Deliveries", path: "/deliveries", file: "deliveries" },
    { heading: "deal.", path: `/deliveries/${breaking}/${delivery.id}`, file: "delivery" },
    { heading: "Events", path: `/events/${event}`, file: "events" },
    { heading: "Events", path: "/events?q=Northwind", file: "event-search" },
    { heading: "Replays", path: "/replays", file: "replays" },
    { heading: "Inbox", path: `/inbox/${inbox.id}`, file: "inbox" },
    { heading: "Event types", path: "/event-types/deal.created", file: "event-types" },
    { heading: "Keys", path: "/keys", file: "keys" },
    { heading: "Audit log", path: "/audit", file: "audit" },
    { heading: "Settings", path: "/settings", file: "settings" },
    { heading: "Why did it not arrive?", path: `/explain/${event}`, file: "explain" },
    {
      heading: "Signature debugger",
      path: `/signature?endpoint=${breaking}&delivery=${delivery.id}`,
      file: "signature",
    },
  ];
}
