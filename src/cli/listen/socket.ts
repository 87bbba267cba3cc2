import WebSocket from "ws";
import type { ListenClientMessage, ListenMessage } from "../../contract/listen.ts";
import { openSocket } from "../shell/socket.ts";
import type { ActiveTime } from "./active-time.ts";

const PING_EVERY_MS = 10_000;
const DEAD_AFTER_MS = 20_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const HANDSHAKE_MS = 10_000;

/** The largest event, escaped twice. */
const LARGEST_MESSAGE = 16 * 1024 ** 2;

/** What another try will not mend: how the service refuses a socket, or closes it. */
const FINAL_STATUSES = new Set([401, 403, 404, 422]);
const FINAL_CODES = new Set([4401, 4404]);

interface Ears {
  onMessage(message: ListenMessage): void;
  onOpen(): void;
  /** It is down; the next try comes after so many milliseconds, 0 = at once. */
  onDown(againInMs: number): void;
}

/** Why it gave up. */
export interface Refusal {
  status: number;
}

/**
 * A socket to the service that is opened anew whenever it is cut: after 0.5 to 15 seconds, and at once where the computer
 * or this process had slept.
 */
export class ListenSocket {
  readonly #address: string;
  readonly #key: string;
  readonly #time: ActiveTime;
  readonly #ears: Ears;
  #socket: WebSocket | null = null;
  #endWait = (): void => {};
  #isStopped = false;

  constructor(
    { url, key, endpointId }: { url: string; key: string; endpointId: string },
    time: ActiveTime,
    ears: Ears,
  ) {
    this.#address = `${url.replace(/^http/, "ws")}/v1/listen?endpoint_id=${encodeURIComponent(endpointId)}`;
    this.#key = key;
    this.#time = time;
    this.#ears = ears;
  }

  /** Stays connected until it is stopped; resolves with why it gave up, null = it was stopped. */
  async run(): Promise<Refusal | null> {
    let failures = 0;
    while (!this.#isStopped) {
      const { wasOpen, final, wasAsleep } = await this.#connection();
      if (final !== null) return final;
      if (this.#isStopped) break;
      failures = wasOpen ? 0 : failures + 1;
      const base = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10));
      const waitMs = wasAsleep ? 0 : Math.round(Math.max(FIRST_WAIT_MS, base * (0.5 + Math.random() / 2)));
      this.#ears.onDown(waitMs);
      await this.#wait(waitMs);
    }
    return null;
  }

  /** Sends, if it is connected; whether it was. */
  send(message: ListenClientMessage): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  stop(): void {
    this.#isStopped = true;
    this.#endWait();
    this.#socket?.close(1000);
    this.#socket?.terminate();
  }

  #wait(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      const endWatch = this.#time.onWake(() => this.#endWait());
      this.#endWait = () => {
        clearTimeout(timer);
        endWatch();
        resolve();
      };
    });
  }

  #connection(): Promise<{ wasOpen: boolean; final: Refusal | null; wasAsleep: boolean }> {
    return new Promise((resolve) => {
      let wasOpen = false;
      let wasAsleep = false;
      let heardAt = this.#time.nowMs;
      const socket = openSocket(this.#address, {
        headers: { Authorization: `Bearer ${this.#key}` },
        handshakeTimeout: HANDSHAKE_MS,
        maxPayload: LARGEST_MESSAGE,
        perMessageDeflate: false,
      });
      this.#socket = socket;
      const pinging = setInterval(() => {
        if (this.#time.nowMs - heardAt > DEAD_AFTER_MS) socket.terminate();
        else if (socket.readyState === WebSocket.OPEN) socket.send("ping");
      }, PING_EVERY_MS);
      const endWatch = this.#time.onWake(() => {
        // The service may have cut it long ago, and nothing of that would arrive.
        wasAsleep = true;
        socket.terminate();
      });
      const end = (final: Refusal | null) => {
        clearInterval(pinging);
        endWatch();
        resolve({ wasOpen, final, wasAsleep });
      };
      socket.on("open", () => {
        wasOpen = true;
        this.#ears.onOpen();
      });
      socket.on("message", (data) => {
        heardAt = this.#time.nowMs;
        const text = String(data);
        if (text !== "pong" && !wasAsleep) this.#ears.onMessage(JSON.parse(text));
      });
      socket.on("unexpected-response", (_request, { statusCode: status = 0 }) => {
        end(FINAL_STATUSES.has(status) ? { status } : null);
        socket.terminate();
      });
      // What is wrong is followed by its close.
      socket.on("error", () => {});
      socket.on("close", (code) => end(FINAL_CODES.has(code) ? { status: code - 4000 } : null));
    });
  }
}
