import { expect } from "vitest";
import type { Client, Json } from "./client.ts";
import { eventually } from "./eventually.ts";

export interface AttemptJson {
  number: number;
  started_at: string;
  duration_ms: number;
  outcome: string;
  error: string | null;
  request: { method: string; url: string; headers: Record<string, string> };
  response: {
    status: number;
    headers: Record<string, string>;
    body: string;
    encoding: string;
    truncated: boolean;
  } | null;
}

export interface DeliveryJson {
  id: string;
  event_id: string;
  event_type: string;
  sequence: number;
  key: string | null;
  key_sequence: number | null;
  status: string;
  attempt_count: number;
  replay_of: string | null;
  replayed_by: string | null;
  next_attempt_at: string | null;
  completed_at: string | null;
  last_attempt: { error: string | null; status: number | null; duration_ms: number } | null;
  attempts: AttemptJson[];
}

export interface ReplayJobJson {
  id: string;
  state: string;
  total: number | null;
  done: number;
  error: string | null;
}

/** An endpoint as its owner uses it through the API. */
export class Endpoint {
  readonly #client: Client;
  readonly id: string;
  readonly secret: string;

  private constructor(client: Client, id: string, secret: string) {
    this.#client = client;
    this.id = id;
    this.secret = secret;
  }

  static async create(client: Client, settings: Json): Promise<Endpoint> {
    const { id, secret } = await client.createEndpoint(settings);
    return new Endpoint(client, id, secret);
  }

  get path(): string {
    return `/v1/endpoints/${this.id}`;
  }

  get<Body = Json>(path = ""): Promise<Body> {
    return this.#client.get<Body>(this.path + path);
  }

  /** The answer's body; the status must be this one. */
  async post<Body = Json>(path: string, status: number, body: Json = {}): Promise<Body> {
    const answer = await this.#client.request<Body>("POST", this.path + path, body);
    expect(answer.status, answer.text).toBe(status);
    return answer.body;
  }

  async patch(change: Json): Promise<void> {
    const { status, text } = await this.#client.request("PATCH", this.path, change);
    expect(status, text).toBe(200);
  }

  async delete(path = ""): Promise<void> {
    expect((await this.#client.request("DELETE", this.path + path)).status).toBe(204);
  }

  /** All deliveries of a query, newest first. */
  async deliveries(query = ""): Promise<DeliveryJson[]> {
    const found: DeliveryJson[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page: { data: DeliveryJson[]; next_cursor: string | null } = await this.get(
        `/deliveries?limit=200&${query}${from}`,
      );
      found.push(...page.data);
      cursor = page.next_cursor;
    } while (cursor !== null);
    return found;
  }

  /** The delivery with its attempts. */
  delivery(id: string): Promise<DeliveryJson> {
    return this.get(`/deliveries/${id}`);
  }

  /** Its newest delivery of this status, or of one of these, with its attempts, once there is one. */
  async ended(...statuses: string[]): Promise<DeliveryJson> {
    const query = statuses.length === 1 ? `status=${statuses[0]}` : "";
    const row = await eventually(`a delivery that is ${statuses.join(" or ")}`, async () =>
      (await this.deliveries(query)).find(({ status }) => statuses.includes(status)),
    );
    return this.delivery(row.id);
  }

  /** Its first delivery, once so many attempts of it are on record: until then the service may not know the answer. */
  attempted(count: number): Promise<DeliveryJson> {
    return eventually(`${count} attempts on record`, async () => {
      const first = (await this.deliveries()).at(-1);
      return first?.attempt_count === count && first;
    });
  }

  /** Once so many of its deliveries have this status. */
  untilCount(count: number, status: string, deadlineMs?: number): Promise<DeliveryJson[]> {
    return eventually(
      `${count} deliveries ${status}`,
      async () => {
        const found = await this.deliveries(`status=${status}`);
        return found.length === count && found;
      },
      deadlineMs,
    );
  }

  /** Once nothing of it is pending. */
  async settled(): Promise<void> {
    await eventually("nothing pending", async () => (await this.deliveries("status=pending")).length === 0);
  }

  /** The endpoint, once its status is this one. */
  untilStatus(status: string): Promise<Json> {
    return eventually(`the endpoint to be ${status}`, async () => {
      const endpoint = await this.get();
      return endpoint.status === status && endpoint;
    });
  }

  /** A replay job of this selection, once it has ended. */
  async replayed(selection: Json): Promise<ReplayJobJson> {
    const { id } = await this.post<ReplayJobJson>("/replays", 202, selection);
    return eventually("the replay job's end", async () => {
      const job = await this.get<ReplayJobJson>(`/replays/${id}`);
      return job.state !== "running" && job;
    });
  }
}

/** Publishes so many events of a type, in batches; their ids in accept order. */
export async function publishMany(client: Client, type: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const events = Array.from({ length: Math.min(1000, count - ids.length) }, (_, n) => ({
      type,
      data: { n: ids.length + n },
    }));
    const answer = await client.request<{ events: { id: string }[] }>("POST", "/v1/events/batch", { events });
    expect(answer.status, answer.text).toBe(202);
    ids.push(...answer.body.events.map(({ id }) => id));
  }
  return ids;
}
