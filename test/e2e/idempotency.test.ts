import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApiAnswer, Json } from "./client.ts";
import { Random } from "./random.ts";
import { Service } from "./started-service.ts";

/** One request with an Idempotency-Key, and the good answer that its sender has seen, if any. */
interface Keyed {
  key: string;
  path: string;
  body: object;
  seen: ApiAnswer<Json> | null;
}

interface List {
  data: Record<string, string>[];
  next_cursor: string | null;
}

const ROUNDS = 4;

describe("requests with an Idempotency-Key, repeated after kill -9", () => {
  let service: Service;
  const random = new Random(11, "idempotency");

  beforeAll(async () => {
    service = await Service.start();
  });

  afterAll(async () => {
    await service.remove();
  });

  const send = (keyed: Keyed): Promise<ApiAnswer<Json>> =>
    service.client.request("POST", keyed.path, keyed.body, { "Idempotency-Key": keyed.key });

  /** As a sender does who got no answer: the connection may be one that ended with the process before. */
  const sendAgain = (keyed: Keyed): Promise<ApiAnswer<Json>> => send(keyed).catch(() => send(keyed));

  async function all(path: string): Promise<Record<string, string>[]> {
    const rows: Record<string, string>[] = [];
    for (let cursor = ""; ; ) {
      const page = await service.client.get<List>(`${path}?limit=200${cursor}`);
      rows.push(...page.data);
      if (page.next_cursor === null) return rows;
      cursor = `&cursor=${page.next_cursor}`;
    }
  }

  it("make each thing once, and give the answer that was given", async () => {
    const quiet = await service.client.createEndpoint({
      url: "http://127.0.0.1:9/",
      status: "paused",
      types: ["none"],
    });
    const old = await Promise.all(
      Array.from({ length: ROUNDS * 5 }, (_, n) => service.client.publish({ type: "old", data: { n } })),
    );
    const requests: Keyed[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const make = (name: string, path: string, body: object): Keyed => ({
        key: `${name}-${round}`,
        path,
        body,
        seen: null,
      });
      const group = [
        ...[0, 1, 2, 3, 4, 5].map((n) =>
          make(`event-${n}`, "/v1/events", { type: "once", data: { round, n } }),
        ),
        make("batch", "/v1/events/batch", {
          events: [0, 1].map((n) => ({ type: "twice", data: { round, n } })),
        }),
        ...[0, 1, 2].map((n) => make(`key-${n}`, "/v1/keys", { name: `key-${n}-${round}`, role: "reader" })),
        ...[0, 1, 2].map((n) =>
          make(`endpoint-${n}`, "/v1/endpoints", {
            url: "http://127.0.0.1:9/",
            description: `endpoint-${n}-${round}`,
            status: "paused",
            types: ["none"],
          }),
        ),
        ...old
          .slice(round * 5, round * 5 + 5)
          .map((id, n) => make(`replay-${n}`, `/v1/events/${id}/replay`, { endpoint_ids: [quiet.id] })),
      ];
      // Killed when some of them, of whatever kind, have been answered.
      const enough = random.whole(1, group.length - 1);
      let answered = 0;
      await new Promise<void>((resolve, reject) => {
        for (const keyed of group) {
          send(keyed).then(
            (answer) => {
              if (answer.status < 300) keyed.seen = answer;
              else reject(new Error(answer.text));
              if (++answered === enough) resolve();
            },
            () => undefined,
          );
        }
      });
      await service.kill9();
      await service.restart();
      requests.push(...group);
    }

    for (const keyed of requests) {
      const answer = await sendAgain(keyed);
      expect([keyed.key, answer.status < 300]).toEqual([keyed.key, true]);
      if (keyed.seen !== null) {
        expect([keyed.key, answer.text]).toEqual([keyed.key, keyed.seen.text]);
        expect([keyed.key, answer.headers.get("Idempotency-Replayed")]).toEqual([keyed.key, "true"]);
      }
      const again = await send(keyed);
      expect([keyed.key, again.text]).toEqual([keyed.key, answer.text]);
    }

    const events = await all("/v1/events");
    const ofType = (type: string) => events.filter((event) => event.type === type).length;
    expect([ofType("once"), ofType("twice")]).toEqual([ROUNDS * 6, ROUNDS * 2]);
    const keys = (await all("/v1/keys")).map((key) => key.name).filter((name) => name?.startsWith("key-"));
    expect([keys.length, new Set(keys).size]).toEqual([ROUNDS * 3, ROUNDS * 3]);
    const endpoints = (await all("/v1/endpoints")).map((endpoint) => endpoint.description).filter(Boolean);
    expect([endpoints.length, new Set(endpoints).size]).toEqual([ROUNDS * 3, ROUNDS * 3]);
    const deliveries = (await all(`/v1/endpoints/${quiet.id}/deliveries`)).map((one) => one.event_id);
    expect(deliveries.toSorted()).toEqual(old.toSorted());
  }, 120_000);
});
