import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { Service } from "./started-service.ts";

interface Told {
  type: string;
  cursor: string;
  gap?: boolean;
  data?: { event_id: string; status: string; attempt_count: number }[];
}

let service: Service;

beforeAll(async () => {
  service = await Service.start({ ALLOWED_NETWORKS: "127.0.0.0/8" });
});

afterAll(() => service.remove());

/** As a browser does: without a header. */
async function watch(query = ""): Promise<{ messages: Told[]; socket: WebSocket }> {
  const { client } = service;
  const { body } = await client.request<{ ticket: string }>("POST", "/v1/tail/tickets");
  const url = `${client.url.replace("http", "ws")}/v1/tail?ticket=${body.ticket}${query}`;
  const messages: Told[] = [];
  const socket = new WebSocket(url);
  socket.addEventListener("message", ({ data }) => messages.push(JSON.parse(data)));
  await eventually("the first message", () => messages.length > 0);
  return { messages, socket };
}

it("shows a delivery to the service's own inbox fail, be retried and arrive, and goes on after a crash of the service", async () => {
  const { client } = service;
  const made = await client.request<{ id: string; url: string }>("POST", "/v1/inboxes", {
    answers: [500, 200],
  });
  await client.createEndpoint({ url: made.body.url, types: ["deal.*"], retry: { delays: [0.2], jitter: 0 } });
  const first = await watch();
  const event = await client.publish({ type: "deal.created", data: { id: "deal_1" } });
  const told = () =>
    first.messages.flatMap(({ data = [] }) => data).filter((delivery) => delivery.event_id === event);
  await eventually("delivered", () => told().at(-1)?.status === "delivered");
  expect(told().at(-1)?.attempt_count).toBe(2);
  const { data } = await client.get<{ data: { signature: { verdict: string } }[] }>(
    `/v1/inboxes/${made.body.id}/requests`,
  );
  expect(data.map(({ signature }) => signature.verdict)).toEqual(["valid", "valid"]);

  const cursor = first.messages.at(-1)?.cursor;
  await service.kill9();
  await service.restart();
  const again = await watch(`&cursor=${cursor}`);
  expect(again.messages[0]).toMatchObject({ type: "hello", gap: false });
  const next = await service.client.publish({ type: "deal.created", data: { id: "deal_2" } });
  await eventually("shown", () =>
    again.messages.some(({ data: shown }) => shown?.some(({ event_id }) => event_id === next)),
  );
  again.socket.close();
});
