import { USER_AGENT } from "../../dialects/request.ts";
import {
  Arrivals,
  bodyOf,
  InvalidAnswer,
  NoAnswer,
  type ReceiverResponse,
  readHead,
  readOneHead,
} from "./http-answer.ts";
import { unlessAborted } from "./unless-aborted.ts";

/*
 * Requests on a connection of their own. `fetch` keeps connections and says neither whether it used a kept one nor
 * what came over it; here a request is certain to be the first of its connection, and what comes is seen.
 */

/** What is sent; of `fetch`'s options those that attempts use. */
export interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
  /** Whether the answer's content coding is undone where it is read; absent = it is left as it came. */
  decodes?: boolean;
}

/** Opens a TCP connection, or one of TLS with the receiver's certificate checked, from where deliveries are sent. */
export type Connect = (address: SocketAddress, options: SocketOptions) => Socket;

/**
 * Sends one request on a new connection; resolves with the answer's head, its body still to be read. Throws
 * InvalidAnswer, NoAnswer, or what opening the connection throws.
 */
export async function sendOnNewConnection(
  connect: Connect,
  url: string,
  { method, headers, body, signal }: RequestOptions,
): Promise<ReceiverResponse> {
  const connection = await open(connect, url, url.startsWith("https:"), signal);
  try {
    const bytes = Buffer.from(body);
    const head = requestHead(url, method, { ...headers, "Content-Length": String(bytes.length) });
    // Not awaited: a receiver may answer before it has read everything, or without reading on.
    connection.write(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
    const answered = await readHead(connection.arrivals);
    return { ...answered, body: bodyOf(answered, connection.arrivals, connection.end) };
  } catch (error) {
    connection.end();
    if (error instanceof InvalidAnswer || error instanceof NoAnswer) throw error;
    throw new NoAnswer(String(error));
  }
}

/**
 * Whether a receiver answers, and in something other than HTTP/1.1. It is asked with the head of an OPTIONS request
 * whose body never comes, so that there is nothing to act upon. Throws where it does not answer.
 */
export async function answersInvalidly(connect: Connect, url: string, signal: AbortSignal): Promise<boolean> {
  const connection = await open(connect, url, url.startsWith("https:"), signal);
  const headers = {
    "User-Agent": USER_AGENT,
    Accept: "*/*",
    Expect: "100-continue",
    "Content-Length": "1",
  };
  connection.write(Buffer.from(requestHead(url, "OPTIONS", headers), "latin1"));
  try {
    await readOneHead(connection.arrivals);
    return false;
  } catch (error) {
    if (error instanceof InvalidAnswer) return true;
    throw error;
  } finally {
    connection.end();
  }
}

/** Whether a TCP connection can be opened; no byte is sent over it. */
export async function canConnect(connect: Connect, url: string, signal: AbortSignal): Promise<boolean> {
  try {
    (await open(connect, url, false, signal)).end();
    return true;
  } catch {
    return false;
  }
}

/** The address that a URL is called at. */
export function addressOf(url: string): SocketAddress {
  const { hostname, protocol, port } = new URL(url);
  return { hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

interface Connection {
  arrivals: Arrivals;
  write(bytes: Uint8Array): void;
  /** Closes it; may be called again. */
  end(): void;
}

async function open(
  connect: Connect,
  url: string,
  isSecure: boolean,
  signal: AbortSignal,
): Promise<Connection> {
  const socket = connect(addressOf(url), { secureTransport: isSecure ? "on" : "off", allowHalfOpen: false });
  socket.closed.catch(() => {});
  const end = () => {
    socket.close().catch(() => {});
  };
  const inTime = <T>(promise: Promise<T>) =>
    unlessAborted(promise, signal, () => new NoAnswer("there was no time left"));
  try {
    await inTime(socket.opened);
  } catch (error) {
    end();
    throw error;
  }
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  return {
    arrivals: new Arrivals(() => inTime(reader.read())),
    // What cannot be written is seen by what is read: an answer may have come nevertheless.
    write: (bytes) => void writer.write(bytes).catch(() => {}),
    end,
  };
}

function requestHead(url: string, method: string, headers: Record<string, string>): string {
  const { pathname, search, host } = new URL(url);
  const lines = Object.entries({ Host: host, ...headers, Connection: "close" }).map(
    // Values as `fetch` sends them: UTF-8.
    ([name, value]) => `${name}: ${Buffer.from(value, "utf8").toString("latin1")}\r\n`,
  );
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
