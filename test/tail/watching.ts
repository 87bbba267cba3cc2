import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Delivery } from "../../src/domain/delivery.ts";
import worker from "../../src/worker.ts";

export interface Watching {
  status: number;
  /** The next message; waits for it. */
  next(): Promise<Message>;
  send(text: string): void;
  /** The code that it was closed with; waits for it. */
  closed: Promise<number>;
  close(): void;
}

export interface Message {
  type: string;
  cursor: string;
  gap?: boolean;
  data?: { id: string; endpoint_id: string; sequence: number; status: string }[];
  skipped?: number;
  ack?: string;
}

/** One who watches deliveries by a socket. `query`: as it stands in the address; `key`: absent = it has a ticket, or none. */
export async function watch(query: string, key?: string): Promise<Watching> {
  const request = new Request(`https://atlas.test/v1/tail${query}`, {
    headers: { Upgrade: "websocket", ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) },
  });
  const { status, webSocket } = await worker.fetch(request, env, createExecutionContext());
  const messages: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<number>();
  webSocket?.addEventListener("message", ({ data }) => {
    const next = waiting.shift();
    if (next) next(String(data));
    else messages.push(String(data));
  });
  webSocket?.addEventListener("close", ({ code }) => resolve(code));
  webSocket?.accept();
  const next = async () => messages.shift() ?? new Promise<string>((take) => waiting.push(take));
  return {
    status,
    next: async () => {
      const text = await next();
      return text === "pong" ? { type: text, cursor: "" } : JSON.parse(text);
    },
    send: (text) => webSocket?.send(text),
    closed,
    close: () => webSocket?.close(1000),
  };
}

/** A delivery as its endpoint tells of it. */
export const delivery = (endpointId: string, sequence: number, more: Partial<Delivery> = {}): Delivery => ({
  ...{
    id: `dlv_${sequence}`,
    endpointId,
    eventId: "evt_1",
    eventType: "deal.created",
    sequence,
    keyPlace: null,
  },
  ...{ status: "pending", attemptCount: 0, replayOf: null, replayedBy: null, createdAt: 1 },
  ...{ nextAttemptAt: 1, completedAt: null, lastAttempt: null, ...more },
});
