import { Client, type Json } from "../e2e/client.ts";
import type { Receiver } from "../e2e/receiver.ts";

/** How often each status was answered; `no answer` where the connection failed. */
export type Answers = Record<string, number>;

/** A workspace that means harm, with an ordinary admin key. */
export class Attacker {
  readonly url: string;
  /** Where its endpoints are: loopback, and on its side. */
  readonly receiver: Receiver;
  readonly #client: Client;
  #answers: Answers = {};

  constructor(url: string, key: string, receiver: Receiver) {
    this.url = url;
    this.receiver = receiver;
    this.#client = new Client(url, key);
  }

  get answers(): Answers {
    return this.#answers;
  }

  forgetAnswers(): void {
    this.#answers = {};
  }

  /** Whatever is answered is counted. Returns the answer's body, null where there is none. */
  async send(method: string, path: string, body?: Json | string): Promise<Json | null> {
    try {
      const answer = await this.#client.request(method, path, body);
      this.#count(String(answer.status));
      return answer.body;
    } catch {
      this.#count("no answer");
      return null;
    }
  }

  /** Sends by so many connections at once, each after its last answer, while it may; returns how often. */
  async flood(
    connections: number,
    mayGoOn: () => boolean,
    send: (turn: number) => Promise<unknown>,
  ): Promise<number> {
    let turn = 0;
    const one = async (): Promise<void> => {
      while (mayGoOn()) await send(turn++);
    };
    await Promise.all(Array.from({ length: connections }, one));
    return turn;
  }

  /** Makes endpoints at the receiver; each has a path of its own. */
  async makeEndpoints(count: number, settings: Json): Promise<void> {
    let made = 0;
    await this.flood(
      8,
      () => made < count,
      async () => {
        const url = this.receiver.url.replace("/webhooks", `/endpoint/${made++}`);
        await this.send("POST", "/v1/endpoints", { url, ...settings });
      },
    );
  }

  /** Deletes its endpoints. */
  async deleteEndpoints(): Promise<void> {
    for (;;) {
      const page = await this.send("GET", "/v1/endpoints?limit=200");
      const ids = ((page?.data ?? []) as { id: string }[]).map(({ id }) => id);
      if (ids.length === 0) return;
      const left = ids.values();
      const one = async () => {
        for (const id of left) await this.send("DELETE", `/v1/endpoints/${id}`);
      };
      await Promise.all(Array.from({ length: 8 }, one));
    }
  }

  #count(answer: string): void {
    this.#answers[answer] = (this.#answers[answer] ?? 0) + 1;
  }
}
