import { connect, createServer, type Server, type Socket } from "node:net";
import { Conversation } from "./conversation.ts";
import { endOfHead, withHost } from "./request-head.ts";

/** A connection without the whole head of a request after so long is closed; workerd does the same with its later ones. */
const HEAD_MS = 15_000;
const HEAD_BYTES = 16 * 1024;

/**
 * One that was used this lately is not closed for another one; nor one that waits for an answer, for longer, and only
 * where there is none that waits for nothing. One that has not made a request yet may be closed at once.
 */
const RECENT_MS = 1000;
const ANSWERED_WITHIN_MS = 6000;

/** How long a request waits for workerd: while that is started again, or has as many connections as it may. */
const UPSTREAM_MS = 10_000;
const TRY_AGAIN_MS = 50;

/** How often idle connections are looked for. */
const SWEEP_MS = 1000;

export interface FrontLimits {
  /** Connections of callers. */
  connections: number;
  /** How many of them workerd has. */
  upstream: number;
}

interface Caller {
  socket: Socket;
  /** Null until it has sent the head of a request and workerd has room. */
  upstream: Socket | null;
  /** What it has said until then. */
  said: Buffer[];
  /** When a byte came or went last, on a clock that only goes forward, milliseconds. */
  usedAt: number;
  /** Whether the last byte was the caller's. */
  waits: boolean;
}

/**
 * Listens for callers, and hands on to workerd those that make a request: workerd itself takes every connection, and
 * ends where it has no file left for one. Beyond the limit a connection is closed for a new one: the oldest that has made no
 * request, and where each has made one, the one that was idle longest; those that wait for an answer come last.
 */
export class Front {
  readonly #server: Server;
  readonly #limits: FrontLimits;
  readonly #callers = new Set<Caller>();
  #upstreams = 0;
  #upstreamPort: () => number | null = () => null;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** Null while there is nobody to look for: at rest this process is not to wake each second. */
  #sweep: NodeJS.Timeout | null = null;

  private constructor(limits: FrontLimits) {
    this.#limits = limits;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Listens; what comes before `handOnTo` waits. Rejects with the system's error. */
  static async listen(host: string, port: number, limits: FrontLimits): Promise<Front> {
    const front = new Front(limits);
    await new Promise<void>((resolve, reject) => {
      front.#server.once("error", reject);
      front.#server.listen(port, host, resolve);
    });
    return front;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** When workerd last sent a byte to a caller, as of `performance.now()`. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** @param port where workerd listens, on loopback; null while it is being started: then callers wait */
  handOnTo(port: () => number | null): void {
    this.#upstreamPort = port;
  }

  close(): void {
    if (this.#sweep !== null) clearTimeout(this.#sweep);
    this.#server.close();
    for (const { socket, upstream } of this.#callers) {
      socket.destroy();
      upstream?.destroy();
    }
  }

  #accept(socket: Socket): void {
    if (this.#callers.size >= this.#limits.connections && !this.#closeOldest()) {
      socket.destroy();
      return;
    }
    const caller: Caller = { socket, upstream: null, said: [], usedAt: performance.now(), waits: false };
    this.#callers.add(caller);
    this.#sweepLater();
    socket.on("error", () => socket.destroy());
    socket.once("close", () => {
      this.#callers.delete(caller);
      caller.upstream?.destroy();
    });
    socket.once("end", () => {
      if (!caller.waits && caller.upstream === null) socket.destroy();
    });
    const hear = (chunk: Buffer): void => {
      caller.said.push(chunk);
      if (!hasHead(caller.said)) return;
      socket.removeListener("data", hear);
      socket.pause();
      noteUse(caller, true);
      this.#open(caller, performance.now() + UPSTREAM_MS);
    };
    socket.on("data", hear);
  }

  /** Connects a caller to workerd and sends what it has said so far. */
  #open(caller: Caller, giveUpAt: number): void {
    const { socket } = caller;
    if (socket.destroyed) return;
    const tryAgain = () => {
      if (performance.now() > giveUpAt) socket.destroy();
      else setTimeout(() => this.#open(caller, giveUpAt), TRY_AGAIN_MS);
    };
    const hasRoom = this.#upstreams < this.#limits.upstream || this.#closeOldest(true);
    const port = this.#upstreamPort();
    if (port === null || !hasRoom) {
      tryAgain();
      return;
    }
    const upstream = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
    });
    this.#upstreams++;
    upstream.once("close", () => this.#upstreams--);
    const refused = () => tryAgain();
    upstream.once("error", refused);
    upstream.once("connect", () => {
      upstream.removeListener("error", refused);
      upstream.on("error", () => socket.destroy());
      if (socket.destroyed) {
        upstream.destroy();
        return;
      }
      // What it said last is still to be heard.
      upstream.once("close", () => socket.destroySoon());
      caller.upstream = upstream;
      noteUse(caller, true);
      const said = withHost(Buffer.concat(caller.said.splice(0)));
      const conversation = new Conversation();
      conversation.asks(said);
      upstream.write(said);
      passOn(socket, upstream, (chunk) => {
        noteUse(caller, true);
        return conversation.asks(chunk);
      });
      passOn(upstream, socket, (chunk) => {
        noteUse(caller, false);
        this.#answeredAt = caller.usedAt;
        return conversation.answers(chunk);
      });
      if (socket.readableEnded) upstream.end();
      socket.resume();
    });
  }

  /**
   * Closes the caller that would miss it least, see `mayCloseBefore`, unless even that was used just now; false: none was
   * closed. Who keeps a connection for its next request must not lose it to idle ones.
   */
  #closeOldest(withUpstream = false): boolean {
    const now = performance.now();
    let oldest: Caller | null = null;
    for (const caller of this.#callers) {
      if (withUpstream && caller.upstream === null) continue;
      // The set is in the order in which they came.
      if (hasAskedNothing(caller)) {
        oldest = caller;
        break;
      }
      const mayClose = caller.usedAt + graceMs(caller) <= now;
      if (mayClose && (oldest === null || mayCloseBefore(caller, oldest))) oldest = caller;
    }
    if (oldest === null) return false;
    this.#callers.delete(oldest);
    oldest.socket.destroy();
    oldest.upstream?.destroy();
    return true;
  }

  #sweepLater(): void {
    this.#sweep ??= setTimeout(() => this.#closeIdle(), SWEEP_MS).unref();
  }

  #closeIdle(): void {
    this.#sweep = null;
    const before = performance.now() - HEAD_MS;
    for (const caller of this.#callers) {
      if (!hasAskedNothing(caller)) continue;
      if (caller.usedAt < before) caller.socket.destroy();
      else this.#sweepLater();
    }
  }
}

/** Passes on what one end says to the other, no faster than that takes it; both are cut off at what may not pass. */
function passOn(from: Socket, to: Socket, mayPass: (chunk: Buffer) => boolean): void {
  from.on("data", (chunk: Buffer) => {
    if (!mayPass(chunk)) {
      from.destroy();
      to.destroy();
    } else if (!to.write(chunk)) from.pause();
  });
  to.on("drain", () => from.resume());
  from.once("end", () => to.end());
}

function hasHead(said: readonly Buffer[]): boolean {
  const [first] = said;
  // Nearly always it comes at once.
  const text = said.length === 1 && first ? first : Buffer.concat(said);
  return text.length > HEAD_BYTES || endOfHead(text) !== null;
}

/** Which of two that have made a request goes first: one that waits for no answer; of two alike, the one unused longer. */
function mayCloseBefore(one: Caller, other: Caller): boolean {
  return one.waits === other.waits ? one.usedAt < other.usedAt : other.waits;
}

function graceMs({ waits }: Caller): number {
  return waits ? ANSWERED_WITHIN_MS : RECENT_MS;
}

/** Whether it has not made a request yet; it was last used when it came. */
function hasAskedNothing({ waits, upstream }: Caller): boolean {
  return !waits && upstream === null;
}

function noteUse(caller: Caller, byCaller: boolean): void {
  caller.usedAt = performance.now();
  caller.waits = byCaller;
}
