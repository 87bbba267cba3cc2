import { afterAll, beforeAll } from "vitest";
import type { Json } from "./client.ts";
import { Service } from "./started-service.ts";

export interface RecordedAttempt {
  number: number;
  outcome: string;
  error: string | null;
  duration_ms: number;
  request: { url: string; headers: Record<string, string> };
  response: { status: number; headers: Record<string, string>; body: string; truncated: boolean } | null;
}

/** A started service for the tests of a file, and what they do with endpoints that have no address. */
export class WithoutAddress {
  #service: Service | null = null;
  #types = 0;

  /** Sets the scene for all tests of the file that calls it. */
  static set(): WithoutAddress {
    const scene = new WithoutAddress();
    beforeAll(async () => {
      scene.#service = await Service.start();
    });
    afterAll(() => scene.#service?.remove());
    return scene;
  }

  get service(): Service {
    if (this.#service === null) throw new Error("the service is not started");
    return this.#service;
  }

  /** An endpoint that is listened to, of a type of its own. */
  async create(settings: Json = {}): Promise<{ id: string; type: string }> {
    const type = `listened.t${++this.#types}`;
    const retry = { delays: [0.2, 0.2, 0.2], jitter: 0 };
    const given = { transport: "listen", types: [type], serialize: true, retry, ...settings };
    const { id } = await this.service.client.createEndpoint(given);
    return { id, type };
  }

  /** Publishes so many events of a type; their ids in order. */
  async publish(type: string, count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) ids.push(await this.service.client.publish({ type, data: { n } }));
    return ids;
  }

  /** The attempts on record of an event at an endpoint. */
  async attemptsOf(endpointId: string, event: string): Promise<RecordedAttempt[]> {
    const { client } = this.service;
    const list = await client.get<{ data: { id: string; event_id: string }[] }>(
      `/v1/endpoints/${endpointId}/deliveries`,
    );
    const found = list.data.find(({ event_id }) => event_id === event);
    const path = `/v1/endpoints/${endpointId}/deliveries/${found?.id}`;
    return (await client.get<{ attempts: RecordedAttempt[] }>(path)).attempts;
  }

  /** What waits at an endpoint, and for what. */
  queue(
    endpointId: string,
  ): Promise<{ depth: number; wait: { why: string } | null; listeners: number | null }> {
    return this.service.client.get(`/v1/endpoints/${endpointId}/queue`);
  }
}
