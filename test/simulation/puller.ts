import type { Pulling } from "./action.ts";
import type { Handed, PlayedEndpoint } from "./model.ts";
import type { Play } from "./play.ts";

interface PullBody {
  data: {
    delivery_id: string;
    event_id: string;
    sequence: number;
    attempt: number;
    request: { headers: Record<string, string>; body: string };
  }[];
  ack: string | null;
}

/** Fetches once. Returns how many came. */
export async function pull(play: Play, endpoint: PlayedEndpoint, pulling: Pulling): Promise<number> {
  const { world } = play.service;
  const path = `/v1/endpoints/${endpoint.id}/pull`;
  const askedAt = world.elapsedMs;
  const { limit, leaseSeconds, reply } = pulling;
  const query = `limit=${limit}&lease=${leaseSeconds}`;
  const answer = await play.client.ask({ method: "GET", path: `${path}?${query}`, key: play.main.key });
  if (answer?.status !== 200) return 0;
  const { data, ack } = answer.body as unknown as PullBody;
  const handed = data.map(({ event_id: eventId, sequence, attempt, request }): Handed => {
    const { n } = (JSON.parse(request.body) as { data: { n: number } }).data;
    world.note(`is fetched from ${endpoint.id} event ${n} sequence ${sequence} attempt ${attempt}`);
    const times = { askedAt, handedAt: world.elapsedMs, leaseMs: leaseSeconds * 1000 };
    return { sequence, attempt, eventId, n, ...request, ...times, said: null, endedAt: null };
  });
  endpoint.handed.push(...handed);
  if (ack === null || reply === "forget") return handed.length;
  await world.sleep(reply === "late" ? leaseSeconds * 1000 + 500 : world.chance.between(1, 3000));
  for (const one of handed) one.said = { isDone: reply !== "fail", at: world.elapsedMs };
  const answers = data.map(({ delivery_id }) => ({ delivery_id, status: 500 }));
  const { status, body } = await play.once(
    "POST",
    `${path}/ack`,
    reply === "fail" ? { ack, answers } : { ack },
  );
  if (status === 200 && body.acknowledged === handed.length)
    for (const one of handed) one.endedAt = world.elapsedMs;
  return handed.length;
}

/** Fetches and acknowledges whatever is due. */
export async function pullAll(play: Play): Promise<void> {
  const faithful = { kind: "pull", limit: 100, leaseSeconds: 60, reply: "acknowledge" } as const;
  for (const endpoint of play.all)
    while (endpoint.isPulled && endpoint.deletedAt === null)
      if ((await pull(play, endpoint, { ...faithful, endpoint: endpoint.number })) === 0) break;
}
