import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { eventually } from "./eventually.ts";

/** A request as it came over the socket. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** The raw bytes. */
  body: Buffer;
  /** Unix milliseconds. */
  arrivedAt: number;
}

/** How a receiver behaves. */
export type Answer =
  | {
      kind: "status";
      status: number;
      headers?: Record<string, string>;
      body?: string | Buffer;
      delayMs?: number;
      /** It answers once this has come true: what a test does meanwhile happens while the attempt is in flight. */
      after?: Promise<unknown>;
    }
  /** Never answers. */
  | { kind: "hang" }
  /** Sends the status line, then a byte per `everyMs`, without end. */
  | { kind: "drip"; everyMs: number }
  /** Sends this many bytes of body. */
  | { kind: "huge"; bytes: number }
  /** Closes the connection without an answer. */
  | { kind: "close" };

export const ok: Answer = { kind: "status", status: 200 };
export const failed: Answer = { kind: "status", status: 500 };

const CHUNK = Buffer.alloc(64 * 1024, "x");

/** An HTTP server on a real socket that keeps what it receives and answers as told. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  /** Asked for each request, after its body has arrived. */
  answer: (request: ReceivedRequest) => Answer;
  readonly #server: Server;
  readonly #connections = new Set<Socket>();
  #sentBytes = 0;

  private constructor(answer: (request: ReceivedRequest) => Answer) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const received: ReceivedRequest = {
          method: request.method ?? "",
          path: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(chunks),
          arrivedAt: Date.now(),
        };
        this.requests.push(received);
        respond(response, this.answer(received));
      });
    });
    this.#server.on("connection", (socket) => {
      this.#connections.add(socket);
      socket.once("close", () => {
        this.#connections.delete(socket);
        this.#sentBytes += socket.bytesWritten;
      });
    });
  }

  /** `port`: 0 = any free one. */
  static async start(answer: (request: ReceivedRequest) => Answer = () => ok, port = 0): Promise<Receiver> {
    const receiver = new Receiver(answer);
    await new Promise<void>((resolve) => receiver.#server.listen(port, "127.0.0.1", resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/webhooks`;
  }

  get openConnections(): number {
    return this.#connections.size;
  }

  /** How much it handed to the system on connections that are closed by now. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** The requests so far, once there are at least `count`. */
  received(count: number, deadlineMs?: number): Promise<ReceivedRequest[]> {
    return eventually(
      `${count} requests, of which ${this.requests.length} came`,
      () => this.requests.length >= count && this.requests,
      deadlineMs,
    );
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The ids of the events of requests of the dialect atlas. */
export function eventIds(requests: readonly ReceivedRequest[]): string[] {
  return requests.map(({ headers }) => String(headers["atlas-delivery"]));
}

function respond(response: ServerResponse, answer: Answer): void {
  switch (answer.kind) {
    case "status": {
      const end = () => response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
      if (answer.after) answer.after.then(end);
      else setTimeout(end, answer.delayMs ?? 0);
      return;
    }
    case "hang":
      return;
    case "close":
      response.destroy();
      return;
    case "drip": {
      response.writeHead(200);
      const timer = setInterval(() => response.write("x"), answer.everyMs);
      response.on("close", () => clearInterval(timer));
      return;
    }
    case "huge":
      response.writeHead(200);
      sendHuge(response, answer.bytes);
  }
}

function sendHuge(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const send = (): void => {
    while (left > 0) {
      left -= CHUNK.length;
      if (!response.write(CHUNK)) {
        response.once("drain", send);
        return;
      }
    }
    response.end();
  };
  send();
}
