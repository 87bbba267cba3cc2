import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const FILLER = "x".repeat(4000);

/** What is said again and again behind a beginning: as fast as it is read, unless `everyMs` says how often. */
interface Speech {
  /** What becomes of the attempt; null = success. */
  error: string | null;
  begin: string;
  again: string;
  everyMs?: number;
  /** Whether it is said before anything was asked. */
  isEarly?: boolean;
}

/** Answers that have no end, each in another of the places where one could be. */
const SPEECHES: readonly Speech[] = [
  { error: "invalid_answer", begin: "", again: "HTTP/1.1 103 Early Hints\r\n\r\n" },
  { error: "invalid_answer", begin: "", again: `HTTP/1.1 103 Early Hints\r\nLink: ${FILLER}\r\n\r\n` },
  { error: "reset", begin: "", again: "\r\n" },
  { error: "invalid_answer", begin: "HTTP/1.1 ", again: FILLER },
  { error: "invalid_answer", begin: "HTTP/1.1 200 OK\r\n", again: "a: b\r\n" },
  { error: "invalid_answer", begin: "HTTP/1.1 200 OK\r\nX-Long: ", again: FILLER },
  { error: "reset", begin: `${CHUNKED}1;`, again: FILLER },
  { error: "reset", begin: CHUNKED, again: `1;${FILLER}\r\nz\r\n` },
  { error: null, begin: CHUNKED, again: "1\r\nz\r\n" },
  { error: "reset", begin: `${CHUNKED}1\r\nz\r\n0\r\n`, again: "a: b\r\n" },
  { error: null, begin: CHUNKED, again: "0\r\n\r\n" },
  { error: null, begin: "HTTP/1.1 200 OK\r\n\r\n", again: FILLER },
  { error: "timeout", begin: "HTTP/1.1 200 OK\r\nX-Slow: ", again: "x", everyMs: 1000 },
  { error: null, begin: "", again: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", isEarly: true },
  { error: "invalid_answer", begin: "", again: "HTTP/1.1 103 Early Hints\r\n\r\n", isEarly: true },
];

/** As much as is handed to a socket at once. */
const PIECE_BYTES = 64 * 1024;

/** Receivers that answer without end, each on a port of its own. */
export class EndlessReceivers {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  /** How many connections they were given. */
  connections = 0;

  static async start(): Promise<EndlessReceivers> {
    const receivers = new EndlessReceivers();
    for (const speech of SPEECHES) {
      const server = createServer((socket) => receivers.#take(socket, speech));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      receivers.#servers.push(server);
    }
    return receivers;
  }

  /** Where each listens, and what becomes of an attempt there. */
  get all(): { url: string; error: string | null }[] {
    return this.#servers.map((server, n) => ({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      error: SPEECHES[n]?.error ?? null,
    }));
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #take(socket: Socket, { begin, again, everyMs, isEarly }: Speech): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const piece = again.repeat(Math.ceil(PIECE_BYTES / again.length));
    const speak = () => {
      socket.write(begin);
      if (everyMs !== undefined) {
        const timer = setInterval(() => socket.write(again), everyMs);
        socket.on("close", () => clearInterval(timer));
        return;
      }
      const go = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", go);
      go();
    };
    if (isEarly) {
      socket.resume();
      speak();
    } else socket.once("data", speak);
  }
}
