import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerParent } from "../child.ts";
import { nowUs } from "../clock.ts";
import { type Percentiles, percentilesOf } from "../percentiles.ts";

/** What a listener has received since it was made or reset. Times in microseconds (`nowUs`). */
export interface Tally {
  requests: number;
  /** Distinct numbers (`data.n`) that were answered 200; all of them, where the listener counts all. */
  received: number;
  firstAtUs: number;
  lastAtUs: number;
  /** From `data.sent_at` to the first receipt. */
  latencyUs: Percentiles;
  /** From the answer 500 to the next attempt, where the listener fails first attempts. */
  retriedAfterUs: Percentiles;
}

class Listener {
  readonly #failsFirst: boolean;
  readonly #answerMs: number;
  readonly #countsAll: boolean;
  readonly #host: string;
  #server: Server | null = null;
  #port = 0;
  #seen = new Uint8Array(1 << 16);
  #failedAtUs = new Map<number, number>();
  #latencyUs: number[] = [];
  #retriedAfterUs: number[] = [];
  #requests = 0;
  #received = 0;
  #firstAtUs = 0;
  #lastAtUs = 0;

  constructor({ failsFirst = false, answerMs = 0, countsAll = false, host = "127.0.0.1" }: ListenerOptions) {
    this.#failsFirst = failsFirst;
    this.#answerMs = answerMs;
    this.#countsAll = countsAll;
    this.#host = host === "127.0.0.1" ? host : "0.0.0.0";
  }

  /** Listens, on the same port as before if it did. */
  open(): Promise<number> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) =>
      this.#receive(request, response),
    );
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, this.#host, () => {
        this.#port = (server.address() as AddressInfo).port;
        resolve(this.#port);
      });
    });
  }

  /** Refuses connections from now on, and drops those it has. */
  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#server = null;
  }

  tally(): Tally {
    return {
      requests: this.#requests,
      received: this.#received,
      firstAtUs: this.#firstAtUs,
      lastAtUs: this.#lastAtUs,
      latencyUs: percentilesOf(this.#latencyUs),
      retriedAfterUs: percentilesOf(this.#retriedAfterUs),
    };
  }

  reset(): void {
    this.#seen.fill(0);
    this.#failedAtUs.clear();
    this.#latencyUs = [];
    this.#retriedAfterUs = [];
    this.#requests = 0;
    this.#received = 0;
    this.#firstAtUs = 0;
    this.#lastAtUs = 0;
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const status = this.#judge(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts));
      const answer = () =>
        response.writeHead(status, { "content-type": "text/plain", "content-length": 2 }).end("ok");
      if (this.#answerMs > 0) setTimeout(answer, this.#answerMs);
      else answer();
    });
  }

  #judge(body: Buffer): number {
    const atUs = nowUs();
    this.#requests++;
    const number = memberOf(body, '"n":');
    if (this.#failsFirst) {
      const failedAtUs = this.#failedAtUs.get(number);
      if (failedAtUs === undefined) {
        this.#failedAtUs.set(number, atUs);
        return 500;
      }
      this.#retriedAfterUs.push(atUs - failedAtUs);
    }
    if (this.#countsAll || this.#isNew(number)) {
      this.#received++;
      if (this.#firstAtUs === 0) this.#firstAtUs = atUs;
      this.#lastAtUs = atUs;
      this.#latencyUs.push(atUs - memberOf(body, '"sent_at":'));
    }
    return 200;
  }

  #isNew(number: number): boolean {
    const place = number >> 3;
    if (place >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(place + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    const bit = 1 << (number & 7);
    const before = this.#seen[place] ?? 0;
    this.#seen[place] = before | bit;
    return (before & bit) === 0;
  }
}

/** The number behind a member's name; parsing the whole body would take the service's share of the cores. */
function memberOf(body: Buffer, name: string): number {
  const start = body.indexOf(name);
  return start === -1
    ? 0
    : Number.parseInt(body.toString("latin1", start + name.length, start + name.length + 20), 10);
}

const listeners = new Map<string, Listener>();

function listenerOf(name: string): Listener {
  const listener = listeners.get(name);
  if (!listener) throw new Error(`there is no listener ${name}`);
  return listener;
}

interface ListenerOptions {
  name: string;
  failsFirst?: boolean;
  /** How long it takes to answer. */
  answerMs?: number;
  /** Each request is one that was received: several endpoints deliver to it. */
  countsAll?: boolean;
  /** What it is called by; another one than loopback means: from elsewhere. */
  host?: string;
}

const answers = {
  /** A new listener of this name, or the one that was closed opens again; returns its port. */
  open: (options: ListenerOptions): Promise<number> => {
    const listener = listeners.get(options.name) ?? new Listener(options);
    listeners.set(options.name, listener);
    return listener.open();
  },
  close: (name: string): void => listenerOf(name).close(),
  tally: (name: string): Tally => listenerOf(name).tally(),
  reset: (name: string): void => listenerOf(name).reset(),
};

export type ReceiverAnswers = typeof answers;

answerParent(answers);
