import type { ReceiverResponse } from "./http-answer.ts";

/** What is sent; of `fetch`'s options those that attempts use. */
export interface RequestOptions {
  method: string;
  headers: Record<string, string>;
  body: string;
  signal: AbortSignal;
}

/** Sends a request; of `fetch` what attempts use. */
export type Send = (url: string, options: RequestOptions) => Promise<ReceiverResponse>;

/** A connection to an origin may have been kept for this long after its last answer: servers keep them up to 75 s. */
const KEPT_MS = 90_000;

/** Origins remembered at once; the oldest go first. */
const MAX_ORIGINS = 10_000;

/**
 * Which origins answered lately, so that a connection to them may have been kept. One for all endpoints of an isolate,
 * since they share the connections.
 */
export class AnsweredOrigins {
  readonly #answeredAt = new Map<string, number>();

  noteAnswered(url: string, nowMs: number): void {
    const { origin } = new URL(url);
    this.#answeredAt.delete(origin);
    this.#answeredAt.set(origin, nowMs);
    const [oldest] = this.#answeredAt.keys();
    if (this.#answeredAt.size > MAX_ORIGINS && oldest !== undefined) this.#answeredAt.delete(oldest);
  }

  /** A request on a new connection was reset, too: this origin's connections are not what ails it. */
  forget(url: string): void {
    this.#answeredAt.delete(new URL(url).origin);
  }

  mayBeKept(url: string, nowMs: number): boolean {
    const at = this.#answeredAt.get(new URL(url).origin);
    return at !== undefined && nowMs - at <= KEPT_MS;
  }
}

/** Whether a request failed because its connection ended before a byte of an answer came. */
export function isLost(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Network connection lost");
}

export interface ResendPort {
  send: Send;
  answeredOrigins: AnsweredOrigins;
  nowMs(): number;
}

/**
 * Sends, and once more at once where the connection was kept and the receiver was just closing it: every Node receiver
 * does so 5 s after its last request, and such a request never reached it (RFC 9110, 9.2.2). At most once for all that is
 * sent with the result, and never to an origin that did not answer lately: one that resets everything is not called
 * twice as often for it. The signal, and so the time limit, covers both.
 */
export function resendingOnce(port: ResendPort): Send {
  let mayResend = true;
  return async (url, options) => {
    const { answeredOrigins, nowMs } = port;
    try {
      const response = await port.send(url, options);
      answeredOrigins.noteAnswered(url, nowMs());
      return response;
    } catch (error) {
      if (!mayResend || options.signal.aborted || !isLost(error) || !answeredOrigins.mayBeKept(url, nowMs()))
        throw error;
    }
    mayResend = false;
    try {
      return await port.send(url, options);
    } catch (error) {
      answeredOrigins.forget(url);
      throw error;
    }
  };
}
