import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Answer = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** What a receiver does with the n-th request, from 1. */
const ANSWERS = {
  works: (_, response) => response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'),
  breaks: (_, response, count) =>
    response
      .writeHead(count % 2 === 0 ? 503 : 500, {
        "content-type": "application/json",
        "x-request-id": `r${count}`,
      })
      .end(count % 2 === 0 ? '{"error":"maintenance","until":"15:30"}' : '{"error":"duplicate key value"}'),
  breaksLater: (_, response, count) =>
    count <= 12
      ? response.writeHead(204).end()
      : response.writeHead(503, { "content-type": "application/json" }).end('{"error":"maintenance"}'),
  stumbles: (_, response, count) => response.writeHead(count % 3 === 1 ? 502 : 204).end(),
  isGone: (_, response) => response.writeHead(410).end("Gone"),
  attacks: (_, response) =>
    response
      .writeHead(500, { "content-type": "text/html", "x-note": "<b>header</b>" })
      .end("<script>document.title='owned'</script>\u202eolleh"),
  cuts: (request) => request.socket.destroy(),
} satisfies Record<string, Answer>;

export type Behaviour = keyof typeof ANSWERS;

/** A receiver on loopback that always behaves the same. */
export class Receiver {
  readonly url: string;
  readonly #server: Server;
  #behaviour: Behaviour;

  private constructor(server: Server, behaviour: Behaviour) {
    this.#server = server;
    this.#behaviour = behaviour;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(behaviour: Behaviour): Promise<Receiver> {
    let count = 0;
    const server = createServer((request, response) => {
      request.resume();
      request.once("end", () => {
        count += 1;
        (ANSWERS[receiver.#behaviour] as Answer)(request, response, count);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const receiver = new Receiver(server, behaviour);
    return receiver;
  }

  /** From now on it works. */
  mend(): void {
    this.#behaviour = "works";
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
