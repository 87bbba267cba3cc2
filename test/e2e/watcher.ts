import type { Client } from "./client.ts";
import { eventually } from "./eventually.ts";

/** A message of the socket. */
export interface Told {
  type: string;
  cursor: string;
  gap?: boolean;
  data?: { id: string; event_id: string; status: string; attempt_count: number }[];
  skipped?: number;
  ack?: string;
}

/** One who watches as a browser does: with a ticket, giving back the words that it is asked for. */
export class Watcher {
  readonly messages: Told[] = [];
  /** The code that it was closed with; null = it is open. */
  closedWith: number | null = null;
  readonly #socket: WebSocket;

  private constructor(url: string) {
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("message", ({ data }) => {
      const message: Told = JSON.parse(data);
      this.messages.push(message);
      if (message.ack !== undefined) this.#socket.send(message.ack);
    });
    this.#socket.addEventListener("close", ({ code }) => {
      this.closedWith = code;
    });
  }

  /** Resolves once the first message is there. */
  static async open(client: Client, query = ""): Promise<Watcher> {
    const { body } = await client.request<{ ticket: string }>("POST", "/v1/tail/tickets");
    const url = `${client.url.replace("http", "ws")}/v1/tail?ticket=${body.ticket}${query}`;
    const watcher = new Watcher(url);
    await eventually("the first message", () => watcher.messages.length > 0);
    return watcher;
  }

  /** Ids of the deliveries that were last shown with a status. */
  lastShownAs(status: string): string[] {
    const statuses = new Map<string, string>();
    for (const { data = [] } of this.messages) for (const one of data) statuses.set(one.id, one.status);
    return [...statuses].filter(([, shown]) => shown === status).map(([id]) => id);
  }

  /** Changes that were counted only. */
  get skipped(): number {
    return this.messages.reduce((sum, { skipped = 0 }) => sum + skipped, 0);
  }

  close(): void {
    this.#socket.close();
  }
}
