import type { z } from "@hono/zod-openapi";
import type { listenMessage } from "../contract/listen.ts";
import type { Listener } from "../domain/listening.ts";

/** Why a socket was closed, in the range that is an application's own. */
export const LISTEN_CLOSED = {
  badMessage: [4400, "this socket takes ping, answers and leave"],
  keyEnded: [4401, "the key has expired or was revoked"],
  endpointGone: [4404, "the endpoint was deleted, or is not listened to any more"],
  silent: [4408, "nothing was heard in time; come back"],
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

/** One who listens, by its socket. */
export class ListenSocket {
  readonly #ctx: DurableObjectState;
  readonly socket: WebSocket;

  private constructor(ctx: DurableObjectState, socket: WebSocket) {
    this.#ctx = ctx;
    this.socket = socket;
  }

  static accept(ctx: DurableObjectState, socket: WebSocket, listener: Listener, now: number): ListenSocket {
    ctx.acceptWebSocket(socket, [TAG, listener.endpointId]);
    const one = new ListenSocket(ctx, socket);
    one.#attach({ ...listener, openedAt: now, isTold: false });
    return one;
  }

  /** The one of a socket; null = it is another kind of socket. */
  static of(ctx: DurableObjectState, socket: WebSocket): ListenSocket | null {
    return ctx.getTags(socket)[0] === TAG ? new ListenSocket(ctx, socket) : null;
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

  /** Its endpoint knows that it came. */
  told(): void {
    this.#attach({ ...this.listener, isTold: true });
  }

  /** Something came from it. */
  heard(now: number): void {
    heardAt.set(this.socket, now);
  }

  /** When something was last heard of it, Unix milliseconds. */
  get heardAt(): number {
    const pingedAt = this.#ctx.getWebSocketAutoResponseTimestamp(this.socket)?.getTime() ?? 0;
    return Math.max(this.listener.openedAt, pingedAt, heardAt.get(this.socket) ?? 0);
  }

  /** Sends a message; whether the socket took it. */
  say(message: z.input<typeof listenMessage>): boolean {
    try {
      this.socket.send(JSON.stringify(message));
      return true;
    } catch {
      this.close(LISTEN_CLOSED.silent);
      return false;
    }
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
