import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";

/** A request as it came over a connection, which the test answers byte by byte. */
export interface RawRequest {
  socket: Socket;
  /** Which request of its connection it is, from 1. */
  nth: number;
  /** From its request line on, the body with it. */
  text: string;
}

/** An answer without a body, after which the connection stays open. */
export const KEPT_OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** A receiver on a bare socket: what no HTTP server would say can be said, and connections are kept or broken by hand. */
export class RawReceiver {
  /** Request lines of whole requests in the order in which they came. */
  readonly requests: string[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: (request: RawRequest) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      socket.on("error", () => {});
      let nth = 0;
      let text = "";
      socket.on("data", (data) => {
        text += data.toString("latin1");
        const head = text.indexOf("\r\n\r\n");
        const length = Number(/^content-length: (\d+)$/im.exec(text)?.[1] ?? 0);
        if (head === -1) return;
        const request = { socket, nth: ++nth, text };
        // The question that tells why an attempt failed has no body; it is answered like any request.
        if (text.length >= head + 4 + length) this.requests.push(text.slice(0, text.indexOf("\r\n")));
        else if (!text.startsWith("OPTIONS ")) {
          nth--;
          return;
        }
        text = "";
        answer(request);
      });
    });
  }

  static async start(answer: (request: RawRequest) => void): Promise<RawReceiver> {
    const receiver = new RawReceiver(answer);
    await new Promise<void>((resolve) => receiver.#server.listen(0, "127.0.0.1", resolve));
    return receiver;
  }

  /** One that says the same to every request, and then closes the connection. */
  static saying(answer: string | Buffer): Promise<RawReceiver> {
    return RawReceiver.start(({ socket }) => void socket.end(answer));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
