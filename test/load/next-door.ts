import { Client } from "../e2e/client.ts";
import { ok, Receiver } from "../e2e/receiver.ts";
import type { Service } from "../e2e/started-service.ts";

const EVERY_MS = 1000;

/** A workspace next door with a healthy endpoint that gets an event every second. */
export class NextDoor {
  readonly #client: Client;
  readonly #receiver: Receiver;
  /** When each event was accepted, Unix milliseconds. */
  readonly #accepted = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  private constructor(client: Client, receiver: Receiver) {
    this.#client = client;
    this.#receiver = receiver;
    this.#timer = setInterval(() => this.#publish(), EVERY_MS);
  }

  static async start(service: Service): Promise<NextDoor> {
    const { body } = await service.operator.request<{ key: string }>("POST", "/v1/workspaces", {
      name: "next door",
    });
    const client = new Client(service.url, body.key);
    const receiver = await Receiver.start(() => ok);
    await client.createEndpoint({ url: receiver.url, types: ["healthy"] });
    return new NextDoor(client, receiver);
  }

  /** How late its events arrived; those that did not come are as late as they are by now. Milliseconds, ascending. */
  latenessMs(): number[] {
    const arrivedAt = new Map(
      this.#receiver.requests.map(({ headers, arrivedAt: at }) => [String(headers["webhook-id"]), at]),
    );
    const late = [...this.#accepted].map(([id, at]) => (arrivedAt.get(id) ?? Date.now()) - at);
    return late.sort((a, b) => a - b);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#receiver.stop();
  }

  /** What is refused while workerd is started again is nothing that was accepted. */
  async #publish(): Promise<void> {
    const answer = await this.#client
      .request<{ id: string }>("POST", "/v1/events", { type: "healthy", data: {} })
      .catch(() => null);
    if (answer?.status === 202) this.#accepted.set(answer.body.id, Date.now());
  }
}
