import type { WebSocket } from "ws";
import { openSocket } from "../../src/cli/shell/socket.ts";
import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";

/** A request as it comes down the socket, with what else the server says. */
export interface Carried {
  type: "hello" | "listeners" | "request" | "left";
  id: string;
  listeners?: number;
  paused?: boolean;
  delivery_id: string;
  event_id: string;
  attempt: number;
  sequence: number;
  headers: Record<string, string>;
  body: string;
}

/** What the app behind a socket answers; null = nothing. */
export type App = (request: Carried) => { status: number; body?: string } | { error: string } | null;

const PING_MS = 2000;

/** One who listens, as plainly as the contract allows. */
export class ListenClient {
  readonly socket: WebSocket;
  readonly messages: Carried[] = [];
  closedWith: number | null = null;

  private constructor(socket: WebSocket, app: App) {
    this.socket = socket;
    // As the contract asks: one who is silent for 20 s is cut off, and a busy machine may make a test take that long.
    const pings = setInterval(() => {
      if (socket.readyState === socket.OPEN) this.say("ping");
    }, PING_MS);
    socket.on("message", (data) => {
      const text = String(data);
      if (text === "pong") return;
      const message: Carried = JSON.parse(text);
      this.messages.push(message);
      if (message.type !== "request") return;
      const answer = app(message);
      if (answer !== null) this.answer(message.id, answer);
    });
    socket.on("close", (code) => {
      clearInterval(pings);
      this.closedWith = code;
    });
    socket.on("error", () => {});
  }

  /** Listens; resolves once the service has said hello. */
  static async open(client: Client, endpointId: string, app: App): Promise<ListenClient> {
    const url = `${client.url.replace("http", "ws")}/v1/listen?endpoint_id=${endpointId}`;
    const headers = { Authorization: `Bearer ${client.key}` };
    const one = new ListenClient(openSocket(url, { headers }), app);
    await eventually("hello", () => one.messages.length > 0);
    return one;
  }

  /** The requests that came. */
  get requests(): Carried[] {
    return this.messages.filter(({ type }) => type === "request");
  }

  answer(id: string, answer: { status: number; body?: string } | { error: string }): void {
    const { body = "", ...rest } = { body: "", ...answer };
    const told = "status" in answer ? { headers: {}, body: Buffer.from(body).toString("base64") } : {};
    this.say({ type: "answer", id, ...rest, ...told, duration_ms: 5 });
  }

  say(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  close(): void {
    this.socket.close();
  }
}
