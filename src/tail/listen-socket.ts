import type { z } from "@hono/zod-openapi";
import type { listenMessage } from "../contract/listen.ts";
import type { Listener } from "../domain/listening.ts";

/** Why a socket was closed, in the range that is an application's own. */
export const LISTEN_CLOSED = {
  badMessage: [4400, "this socket takes ping, answers and, once, leave"],
  keyEnded: [4401, "the key has expired or was revoked"],
  endpointGone: [4404, "the endpoint was deleted, or is not listened to any more"],
  silent: [4408, "nothing was heard in time; come back"],
  tooSlow: [4408, "too much was left unanswered; come back"],
} as const satisfies Record<string, readonly [number, string]>;

/** How sockets of those who listen are told from others: a tag, and a second one with their endpoint. */
const TAG = "listen";

/** What the socket keeps of itself through the hub's sleep. */
interface Attachment extends Listener {
  /** Unix milliseconds. */
  openedAt: number;
  /** Whether its endpoint heard that it came. */
  isTold: boolean;
}

/** When something was last heard of a socket in this life of the hub, beside its pings; Unix milliseconds. */
const heardAt = new WeakMap<WebSocket, number>();

/*
 * workerd keeps all of a socket that was not sent yet in memory that the objects of an isolate share, and does not tell how
 * much that is. Who answers a request has read it, for its id is random. So what a socket left unanswered is counted once its
 * attempt is over; how much is under way beside that is bounded by the endpoint's attempts at once.
 */

/** So much may be left unanswered, characters: a few of the largest events, to which an app may still answer late. */
const MOST_UNANSWERED = 4 * 1024 * 1024;

/** So much of what wants no answer, characters, may be said to one that has answered nothing since: 400 comings and goings. */
const MOST_UNHEARD = 16 * 1024;

/** What a socket did not answer, by the request's id, in this life of the hub. */
interface Unanswered {
  /** The length of each request, characters. */
  lengths: Map<string, number>;
  /** The requests whose attempt is over, and the sum of their lengths. */
  over: Set<string>;
  sum: number;
  /** What else was said since it last answered, characters. */
  unheard: number;
}

const unansweredOf = new WeakMap<WebSocket, Unanswered>();

/** One who listens, by its socket. */
export class ListenSocket {
  readonly #ctx: DurableObjectState;
  readonly socket: WebSocket;

  private constructor(ctx: DurableObjectState, socket: WebSocket) {
    this.#ctx = ctx;
    this.socket = socket;
  }

  static accept(ctx: DurableObjectState, socket: WebSocket, listener: Listener, nowMs: number): ListenSocket {
    ctx.acceptWebSocket(socket, [TAG, listener.endpointId]);
    const one = new ListenSocket(ctx, socket);
    one.#attach({ ...listener, openedAt: nowMs, isTold: false });
    return one;
  }

  /**
   * The one of a socket; null = it is another kind of socket, or was closed here and let go of: tags cannot be asked for
   * then.
   */
  static of(ctx: DurableObjectState, socket: WebSocket): ListenSocket | null {
    const attachment = socket.deserializeAttachment();
    return attachment !== null && "endpointId" in attachment ? new ListenSocket(ctx, socket) : null;
  }

  /** All that are open, or those of an endpoint. */
  static all(ctx: DurableObjectState, endpointId?: string): ListenSocket[] {
    return ctx
      .getWebSockets(endpointId ?? TAG)
      .filter((socket) => socket.readyState === WebSocket.OPEN && socket.deserializeAttachment() !== null)
      .map((socket) => new ListenSocket(ctx, socket));
  }

  get listener(): Attachment {
    return this.socket.deserializeAttachment() as Attachment;
  }

  /** Whether its endpoint knows that it is there. */
  setTold(isTold: boolean): void {
    this.#attach({ ...this.listener, isTold });
  }

  /** Something came from it. */
  noteHeard(nowMs: number): void {
    heardAt.set(this.socket, nowMs);
  }

  /** When something was last heard of it, Unix milliseconds. */
  get heardAt(): number {
    const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(this.socket)?.getTime() ?? 0;
    return Math.max(this.listener.openedAt, pingedAt, heardAt.get(this.socket) ?? 0);
  }

  /** Sends a message; whether the socket took it. */
  say(message: z.input<typeof listenMessage>): boolean {
    const text = JSON.stringify(message);
    try {
      this.socket.send(text);
      if (message.type === "request") this.#unanswered.lengths.set(message.id, text.length);
      else this.#unanswered.unheard += text.length;
      if (this.#unanswered.unheard <= MOST_UNHEARD) return true;
      this.close(LISTEN_CLOSED.tooSlow);
      return false;
    } catch {
      this.close(LISTEN_CLOSED.silent);
      return false;
    }
  }

  /** It answers a request, in time or late. */
  noteAnswered(id: string): void {
    const unanswered = this.#unanswered;
    if (unanswered.over.delete(id)) unanswered.sum -= unanswered.lengths.get(id) ?? 0;
    if (unanswered.lengths.delete(id)) unanswered.unheard = 0;
  }

  /** A request's attempt is over. Whether it keeps up: has not left too much unanswered. */
  keepsUpAfter(id: string): boolean {
    const unanswered = this.#unanswered;
    const length = unanswered.lengths.get(id);
    if (length !== undefined && !unanswered.over.has(id)) {
      unanswered.over.add(id);
      unanswered.sum += length;
    }
    return unanswered.sum <= MOST_UNANSWERED;
  }

  get #unanswered(): Unanswered {
    const known = unansweredOf.get(this.socket);
    if (known !== undefined) return known;
    const none = { lengths: new Map(), over: new Set<string>(), sum: 0, unheard: 0 };
    unansweredOf.set(this.socket, none);
    return none;
  }

  close([code, reason]: readonly [number, string]): void {
    try {
      this.socket.close(code, reason);
    } catch {
      // It is closed already.
    }
  }

  #attach(attachment: Attachment): void {
    this.socket.serializeAttachment(attachment);
  }
}
