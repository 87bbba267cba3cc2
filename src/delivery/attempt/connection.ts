import type { Turn } from "../../storage/own-turns.ts";
import { NoAnswer } from "./answer-errors.ts";
import { Arrivals } from "./arrivals.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** Opens a TCP connection, or one of TLS with the receiver's certificate checked, from where deliveries are sent. */
export type Connect = (address: SocketAddress, options: SocketOptions) => Socket;

/** What it takes of the thread to open a connection and to close it, most of it later; and to look at what arrived. */
const OPENING_MS = 1;
const LOOKING_MS = 0.1;

/**
 * Room for what arrives first, and for each piece that follows it in the same answer: to read a long one in pieces of 4 KiB
 * costs more than what it says.
 */
const FIRST_PIECE_BYTES = 4 * 1024;
const NEXT_PIECE_BYTES = 16 * 1024;

const AT_ONCE: Turn = () => null;

/** The address that a URL is called at. */
export function addressOf(url: string): SocketAddress {
  const { hostname, protocol, port } = new URL(url);
  return { hostname, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

/** Whether a TCP connection can be opened; no byte is sent over it. */
export async function canConnect(connect: Connect, url: string, signal: AbortSignal): Promise<boolean> {
  try {
    (await Connection.open(connect, addressOf(url), false, signal)).end();
    return true;
  } catch {
    return false;
  }
}

/** One connection to a receiver, which requests go over one after the other. */
export class Connection {
  readonly arrivals = new Arrivals(() => this.#read());
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #reader: ReadableStreamBYOBReader;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** What is read ahead while nobody asks for it; null = nothing is. */
  #ahead: Promise<ReadableStreamReadResult<Uint8Array>> | null = null;
  #request: { signal: AbortSignal; aborted: PromiseWithResolvers<never>; stop(): void } | null = null;
  #hasArrived = false;
  #unwritten = 0;
  #isEnded = false;

  private constructor(socket: Socket, turn: Turn) {
    this.#socket = socket;
    this.#turn = turn;
    this.#reader = socket.readable.getReader({ mode: "byob" });
    this.#writer = socket.writable.getWriter();
  }

  /**
   * Throws what opening throws, and NoAnswer where there was no time left for it.
   * @param turn when it may be opened, and each piece that arrives looked at
   */
  static async open(
    connect: Connect,
    address: SocketAddress,
    isSecure: boolean,
    signal: AbortSignal,
    turn: Turn = AT_ONCE,
  ): Promise<Connection> {
    await turn(OPENING_MS);
    if (signal.aborted) throw noTimeLeft();
    const socket = connect(address, { secureTransport: isSecure ? "on" : "off", allowHalfOpen: false });
    socket.closed.catch(() => {});
    const connection = new Connection(socket, turn);
    try {
      await unlessAborted(socket.opened, signal, noTimeLeft);
      return connection;
    } catch (error) {
      connection.end();
      throw error;
    }
  }

  /** Sends a request, whose answer is what arrives from now on until the signal is aborted. */
  send(bytes: Uint8Array, signal: AbortSignal): void {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const abort = () => {
      aborted.reject(noTimeLeft());
      this.end();
    };
    this.#request = { signal, aborted, stop: () => signal.removeEventListener("abort", abort) };
    this.#hasArrived = false;
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort);
    this.#unwritten++;
    // Not awaited: a receiver may answer before it has read everything, or without reading on. What cannot be written is
    // seen by what is read.
    const written = () => {
      this.#unwritten--;
    };
    this.#writer.write(bytes).then(written, () => {});
  }

  /** Whether a byte has arrived since the request was sent. */
  get hasArrived(): boolean {
    return this.#hasArrived;
  }

  /**
   * The answer was read to its end. Whether another request may go over this connection: nothing arrived that nobody
   * asked for, and all was sent. @param onClose called should the receiver close it, or say something, meanwhile
   */
  rest(onClose: () => void): boolean {
    this.#request?.stop();
    this.#request = null;
    if (this.#isEnded || this.#unwritten > 0 || this.arrivals.hasRest) return false;
    const ahead = this.#reader.read(new Uint8Array(FIRST_PIECE_BYTES));
    this.#ahead = ahead;
    const come = () => {
      if (this.#request === null) onClose();
    };
    ahead.then(come, come);
    return true;
  }

  /** Closes it, whatever is under way; may be called again. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#request?.stop();
    // First, since a socket waits otherwise until the receiver has taken what was written, which it may never do; one
    // whose writer is aborted is not closed at all.
    this.#writer.close().catch(() => {});
    this.#socket.close().catch(() => {});
  }

  async #read(): Promise<Uint8Array | null> {
    const bytes = this.#hasArrived ? NEXT_PIECE_BYTES : FIRST_PIECE_BYTES;
    const reading = this.#ahead ?? this.#reader.read(new Uint8Array(bytes));
    this.#ahead = null;
    const { done, value } = await (this.#request
      ? Promise.race([reading, this.#request.aborted.promise])
      : reading);
    if (done) return null;
    this.#hasArrived = true;
    // However many answers arrive at one moment, and however long they are: of a round they take a part.
    const turn = this.#turn(LOOKING_MS);
    if (turn !== null) await turn;
    return value;
  }
}

function noTimeLeft(): NoAnswer {
  return new NoAnswer("there was no time left");
}
