import type { Deadlines } from "../../deadlines.ts";
import type { Turn } from "../../storage/own-turns.ts";
import { InvalidAnswer, NoAnswer } from "./answer-errors.ts";
import { addressOf, type Connect, Connection } from "./connection.ts";
import { bodyOf, type ReceiverResponse, readHead } from "./http-answer.ts";
import type { RequestOptions } from "./resend.ts";

/**
 * How long a connection is kept that nothing goes over. Node closes it after 5 s, others later, and a request that meets
 * one that is being closed has to be sent once more.
 */
const KEPT_MS = 4000;

/** As many as an endpoint may have attempts in flight. */
const MOST_KEPT = 100;

/** Receivers whose addresses are remembered: an endpoint has its URL and that of its tokens. */
const MOST_TARGETS = 8;

/** Where a URL's requests go, and what they begin with. */
interface Target {
  origin: string;
  isSecure: boolean;
  address: SocketAddress;
  path: string;
  host: string;
}

interface Kept {
  connection: Connection;
  origin: string;
  sinceMs: number;
}

const encoder = new TextEncoder();

/**
 * Requests of HTTP/1.1 on connections of our own, kept for the next one. workerd's `fetch` would do it in less code, but
 * it reads on without a pause for as long as a receiver says that its answer will come (1xx), and nothing else happens in
 * the process meanwhile. What comes over these is bounded. One for each object: a socket belongs to who opened it.
 */
export class KeptConnections {
  readonly #connect: Connect;
  readonly #deadlines: Deadlines;
  readonly #nowMs: () => number;
  readonly #turn: Turn;
  /** The one used last at the end. */
  readonly #kept: Kept[] = [];
  readonly #targets = new Map<string, Target>();
  #isClosingLater = false;

  /** @param turn see `Connection.open` */
  constructor(connect: Connect, deadlines: Deadlines, nowMs: () => number, turn: Turn) {
    this.#connect = connect;
    this.#deadlines = deadlines;
    this.#nowMs = nowMs;
    this.#turn = turn;
  }

  /**
   * Sends a request; resolves with the answer's head, its body still to be read. Where the receiver was closing a kept
   * connection, as every Node receiver does 5 s after its last request, the request never reached it and is sent again at
   * once on a new one (RFC 9110, 9.2.2). Throws InvalidAnswer, NoAnswer, or what opening a connection throws.
   */
  async send(url: string, options: RequestOptions): Promise<ReceiverResponse> {
    const target = this.#targetOf(url);
    const bytes = requestBytes(target, options);
    const kept = this.#take(target.origin);
    if (kept !== null) {
      try {
        return await this.#sendOver(kept, target, bytes, options);
      } catch (error) {
        if (options.signal.aborted || kept.hasArrived || !(error instanceof NoAnswer)) throw error;
      }
    }
    const { address, isSecure } = target;
    const connection = await Connection.open(this.#connect, address, isSecure, options.signal, this.#turn);
    return this.#sendOver(connection, target, bytes, options);
  }

  /** Closes those that nothing goes over: their object goes to sleep, or is erased. */
  closeIdle(): void {
    for (const kept of [...this.#kept]) this.#drop(kept);
  }

  async #sendOver(
    connection: Connection,
    { origin }: Target,
    bytes: Uint8Array,
    { signal }: RequestOptions,
  ): Promise<ReceiverResponse> {
    connection.send(bytes, signal);
    try {
      const head = await readHead(connection.arrivals);
      const onEnd = (isWhole: boolean) => {
        if (!isWhole || !head.isPersistent || !this.#keep(connection, origin)) connection.end();
      };
      const { status, headers } = head;
      return { status, headers, body: bodyOf(head, connection.arrivals, onEnd) };
    } catch (error) {
      connection.end();
      if (error instanceof InvalidAnswer || error instanceof NoAnswer) throw error;
      throw new NoAnswer(String(error));
    }
  }

  #keep(connection: Connection, origin: string): boolean {
    if (this.#kept.length >= MOST_KEPT) return false;
    const kept = { connection, origin, sinceMs: this.#nowMs() };
    const isKept = connection.rest(() => this.#drop(kept));
    if (!isKept) return false;
    this.#kept.push(kept);
    this.#closeLater();
    return true;
  }

  /** The one used last: the others come to rest. */
  #take(origin: string): Connection | null {
    const at = this.#kept.findLastIndex((kept) => kept.origin === origin);
    if (at === -1) return null;
    const [kept] = this.#kept.splice(at, 1) as [Kept];
    return kept.connection;
  }

  #drop(kept: Kept): void {
    const at = this.#kept.indexOf(kept);
    if (at === -1) return;
    this.#kept.splice(at, 1);
    kept.connection.end();
  }

  #closeLater(): void {
    if (this.#isClosingLater) return;
    this.#isClosingLater = true;
    this.#deadlines.in(KEPT_MS / 2, () => {
      this.#isClosingLater = false;
      const nowMs = this.#nowMs();
      // A clock that was set back makes them as old as one that went on.
      const isOld = ({ sinceMs }: Kept) => Math.abs(nowMs - sinceMs) >= KEPT_MS / 2;
      for (const kept of this.#kept.filter(isOld)) this.#drop(kept);
      if (this.#kept.length > 0) this.#closeLater();
    });
  }

  #targetOf(url: string): Target {
    const known = this.#targets.get(url);
    if (known) return known;
    const called = new URL(url);
    called.hash = "";
    const { origin, protocol, href, host } = called;
    const target = {
      origin,
      isSecure: protocol === "https:",
      address: addressOf(url),
      // As it stands: a query may be empty.
      path: href.slice(origin.length),
      host,
    };
    if (this.#targets.size >= MOST_TARGETS) this.#targets.clear();
    this.#targets.set(url, target);
    return target;
  }
}

/** What would end a header, and begin another one. */
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;

function requestBytes({ path, host }: Target, { method, headers, body }: RequestOptions): Uint8Array {
  let text = `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (FORBIDDEN_IN_VALUE.test(value)) throw new TypeError(`the value of the header ${name} cannot be sent`);
    text += `${name}: ${value}\r\n`;
  }
  // As `fetch` sends them: values in UTF-8, too.
  return encoder.encode(`${text}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}
