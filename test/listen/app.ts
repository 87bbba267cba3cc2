import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Seen } from "./verdict.ts";

/** An app that fails each fifth request, and writes down what it saw, in order. */
export class FailingApp {
  readonly seen: Seen[] = [];
  /** Where an answer of it may be lost a life ends: half of one passes until the command is connected again. */
  life = 1;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const startedAt = Date.now();
      const { life } = this;
      request.resume();
      request.on("end", () => {
        const isSuccess = this.seen.length % 5 !== 4;
        const event = String(request.headers["webhook-id"]);
        this.seen.push({ event, life, startedAt, endedAt: Date.now(), isSuccess });
        response.writeHead(isSuccess ? 200 : 500);
        response.end();
      });
    });
  }

  static async start(): Promise<FailingApp> {
    const app = new FailingApp();
    await new Promise<void>((resolve) => app.#server.listen(0, "127.0.0.1", resolve));
    return app;
  }

  /** The service or the connection is gone: what was on its way to the app comes yet, and nobody takes its answer. */
  beginGap(): void {
    this.life = Math.floor(this.life) + 0.5;
  }

  endGap(): void {
    this.life = Math.ceil(this.life);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
