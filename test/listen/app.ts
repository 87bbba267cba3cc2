import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the app saw of an event. */
export interface Seen {
  event: string;
  status: number;
  at: number;
}

/** An app that fails each fifth request, and writes down what it saw, in order. */
export class FailingApp {
  readonly seen: Seen[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      request.resume();
      request.on("end", () => {
        const status = this.seen.length % 5 === 4 ? 500 : 200;
        this.seen.push({ event: String(request.headers["webhook-id"]), status, at: Date.now() });
        response.writeHead(status);
        response.end();
      });
    });
  }

  static async start(): Promise<FailingApp> {
    const app = new FailingApp();
    await new Promise<void>((resolve) => app.#server.listen(0, "127.0.0.1", resolve));
    return app;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
