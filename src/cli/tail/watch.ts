import { setTimeout as wait } from "node:timers/promises";
import WebSocket from "ws";
import { type Atlas, AtlasError, type Delivery, type TailMessage } from "../../sdk/client/index.ts";
import { CommandError } from "../shell/failure.ts";
import { openSocket } from "../shell/socket.ts";

/** What the socket can be narrowed by. */
export interface TailFilter {
  endpoint_id?: string;
  status?: string;
  type?: string;
  error?: string;
}

interface Watcher {
  /** Each time a socket is open. */
  onOpen(): void;
  onDeliveries(changed: Delivery[]): void;
  /** Something was left out: too much at once, or the service was away for too long. */
  onGap(): void;
  /** The socket closed; the next try comes after so many milliseconds. */
  onClose(againInMs: number): void;
}

/** A socket that says nothing for so long after a ping is dead: a machine slept, or the network changed. */
const PING_MS = 10_000;

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;

/**
 * Tells of deliveries as they change until the signal, over as many sockets as that takes: each goes on where the one
 * before ended. Throws the AtlasError of a key that may not, or is not known.
 */
export async function watchDeliveries(
  { atlas, url, filter, signal }: { atlas: Atlas; url: string; filter: TailFilter; signal: AbortSignal },
  watcher: Watcher,
): Promise<void> {
  let cursor: string | null = null;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const { ticket } = await atlas.deliveries.tailTicket({ signal });
      const address = addressOf(url, { ...filter, ticket, cursor });
      await follow(address, signal, (message) => {
        cursor = message.cursor;
        waitMs = FIRST_WAIT_MS;
        if (message.type === "hello") {
          watcher.onOpen();
          if (message.gap) watcher.onGap();
          return;
        }
        if (message.data.length > 0) watcher.onDeliveries(message.data);
        if (message.skipped > 0) watcher.onGap();
      });
    } catch (error) {
      // What another try will not mend.
      if (error instanceof AtlasError && error.status >= 400 && error.status < 500 && error.status !== 429)
        throw error;
    }
    if (signal.aborted) return;
    const againInMs = Math.round(waitMs * (0.5 + Math.random() / 2));
    watcher.onClose(againInMs);
    waitMs = Math.min(MOST_WAIT_MS, waitMs * 2);
    await wait(againInMs, undefined, { signal }).catch(() => {});
  }
}

/** One socket, until it closes. */
function follow(address: string, signal: AbortSignal, hear: (message: TailMessage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = openSocket(address, { handshakeTimeout: PING_MS });
    let isAlive = true;
    const ping = setInterval(() => {
      if (!isAlive) return socket.terminate();
      isAlive = false;
      if (socket.readyState === WebSocket.OPEN) socket.send("ping");
    }, PING_MS);
    const end = () => socket.terminate();
    signal.addEventListener("abort", end, { once: true });
    socket.on("message", (data) => {
      isAlive = true;
      const text = String(data);
      if (text === "pong") return;
      const message = JSON.parse(text) as TailMessage;
      hear(message);
      if (message.type === "deliveries" && message.ack !== undefined) socket.send(message.ack);
    });
    socket.on("unexpected-response", (_request, answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => {
        if (isRefusal(answer.statusCode ?? 0))
          reject(new CommandError(detailOf(Buffer.concat(chunks).toString("utf8"))));
        socket.terminate();
      });
    });
    // It is followed by `close`.
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(ping);
      signal.removeEventListener("abort", end);
      resolve();
    });
  });
}

/** An answer to which the same request would only get the same again. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 429;
}

/** What a refusal says, with its fields. */
function detailOf(text: string): string {
  try {
    const { detail = "", errors = [] } = JSON.parse(text) as {
      detail?: string;
      errors?: { path: string; message: string }[];
    };
    if (errors.length > 0) return errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    if (detail !== "") return detail;
  } catch {
    // A proxy's own page.
  }
  return "The service refuses the socket.";
}

function addressOf(url: string, query: Record<string, string | null | undefined>): string {
  const address = new URL(`${url.replace(/^http/, "ws")}/v1/tail`);
  for (const [name, value] of Object.entries(query)) if (value != null) address.searchParams.set(name, value);
  return address.href;
}
