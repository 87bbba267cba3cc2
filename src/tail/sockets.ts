import type { z } from "@hono/zod-openapi";
import type { tailMessage } from "../contract/tail.ts";
import { type Chance, randomUuid } from "../domain/surroundings.ts";
import { isWanted, type TailReport, type Watcher } from "../domain/tail.ts";
import { deliveryBody } from "../rendering/deliveries.ts";
import type { Frame } from "./frames.ts";
import { ListenSocket } from "./listen-socket.ts";

type Message = z.input<typeof tailMessage>;

/** Why a socket was closed, in the range that is an application's own. */
export const CLOSED = {
  badMessage: [4400, "this socket takes ping, and the words that it asks for"],
  keyEnded: [4401, "the key has expired or was revoked"],
  tooSlow: [4408, "nothing was heard or read in time; come back with the cursor"],
  failed: [1011, "come back with the cursor"],
  workspaceDeleted: [4404, "the workspace was deleted"],
} as const satisfies Record<string, readonly [number, string]>;

/*
 * workerd does not tell what of a socket has not been sent yet, and keeps all of it in memory that the objects of an
 * isolate share. So one who watches says what it has read: a message asks for a word now and then, which only its reader
 * can know, and who does not give it back is cut off.
 */

/** After so much, characters, a message asks for a word. */
const ASKS_AFTER = 128 * 1024;

/** So much may be sent before the word is back, and so long may that take. */
const MOST_UNREAD = 1024 * 1024;
const READ_WITHIN_MS = 30_000;

/** A living client says `ping` every 30 seconds, which the runtime answers without waking the hub. */
const SILENT_AFTER_MS = 100_000;

/** What a socket may keep is 16 KiB, with what it counts: who watches may take so much of it, characters of ASCII. */
export const LONGEST_WATCHER = 12_000;

/** What the socket keeps of itself through the hub's sleep. */
interface Attachment {
  watcher: Watcher;
  /** Unix milliseconds. */
  openedAt: number;
  /** Characters sent since the last word came back. */
  sent: number;
  /** The word that is waited for, and since when, Unix milliseconds; null = none. */
  ask: { word: string; at: number } | null;
}

/** One who watches, by its socket. */
export class TailSocket {
  readonly #ctx: DurableObjectState;
  readonly #socket: WebSocket;

  private constructor(ctx: DurableObjectState, socket: WebSocket) {
    this.#ctx = ctx;
    this.#socket = socket;
  }

  static accept(ctx: DurableObjectState, socket: WebSocket, watcher: Watcher, nowMs: number): TailSocket {
    ctx.acceptWebSocket(socket);
    const one = new TailSocket(ctx, socket);
    one.#keep({ watcher, openedAt: nowMs, sent: 0, ask: null });
    return one;
  }

  /** The one of a socket that is open. */
  static of(ctx: DurableObjectState, socket: WebSocket): TailSocket {
    return new TailSocket(ctx, socket);
  }

  /** All that are open. */
  static all(ctx: DurableObjectState): TailSocket[] {
    return ctx
      .getWebSockets()
      .filter((socket) => ListenSocket.of(ctx, socket) === null)
      .filter((socket) => socket.readyState === WebSocket.OPEN && socket.deserializeAttachment() !== null)
      .map((socket) => TailSocket.of(ctx, socket));
  }

  get watcher(): Watcher {
    return this.#attached.watcher;
  }

  close([code, reason]: readonly [number, string]): void {
    try {
      this.#socket.close(code, reason);
    } catch {
      // It is closed already.
    }
  }

  /** Sends what it wants to see of a frame; nothing, where that is nothing. */
  show(
    { number, reports }: Frame,
    epoch: string,
    reaches: (endpointId: string) => boolean,
    nowMs: number,
    chance: Chance,
  ): void {
    const { filter, expiresAt } = this.watcher;
    if (expiresAt !== null && expiresAt <= nowMs) {
      this.close(CLOSED.keyEnded);
      return;
    }
    const seen = reports.filter(
      ({ endpointId }) => (filter.endpointId ?? endpointId) === endpointId && reaches(endpointId),
    );
    const data = seen.flatMap(({ deliveries }) =>
      deliveries.filter((delivery) => isWanted(filter, delivery)),
    );
    const skipped = seen.reduce((sum, report: TailReport) => sum + report.skipped, 0);
    if (data.length === 0 && skipped === 0) return;
    this.say(
      { type: "deliveries", cursor: `${epoch}.${number}`, data: data.map(deliveryBody), skipped },
      nowMs,
      chance,
    );
  }

  /** Sends a message; one who does not read is cut off. */
  say(message: Message, nowMs: number, chance: Chance): void {
    const attached = this.#attached;
    const text = JSON.stringify(message);
    attached.sent += text.length;
    const isUnread =
      attached.sent > MOST_UNREAD || (attached.ask && nowMs - attached.ask.at > READ_WITHIN_MS);
    if (isUnread) {
      this.close(CLOSED.tooSlow);
      return;
    }
    const asks = attached.ask === null && attached.sent > ASKS_AFTER;
    if (asks) attached.ask = { word: randomUuid(chance), at: nowMs };
    try {
      this.#socket.send(asks ? `${text.slice(0, -1)},"ack":${JSON.stringify(attached.ask?.word)}}` : text);
      this.#keep(attached);
    } catch {
      this.close(CLOSED.tooSlow);
    }
  }

  /** What it says: the word that was asked for, or nothing that it may. */
  hear(text: unknown): void {
    const attached = this.#attached;
    if (attached.ask === null || text !== attached.ask.word) {
      this.close(CLOSED.badMessage);
      return;
    }
    attached.ask = null;
    attached.sent = 0;
    this.#keep(attached);
  }

  /** Closes it if nothing has come from it for long, though it should say `ping`, or it did not give a word back. */
  closeIfSilent(nowMs: number): void {
    const { openedAt, ask } = this.#attached;
    const heardAt = this.#ctx.getWebSocketAutoResponseTimestamp(this.#socket)?.getTime() ?? openedAt;
    if (nowMs - heardAt > SILENT_AFTER_MS || (ask !== null && nowMs - ask.at > READ_WITHIN_MS))
      this.close(CLOSED.tooSlow);
  }

  /** Read anew each time: what was read before an `await` may be old by now. */
  get #attached(): Attachment {
    return this.#socket.deserializeAttachment();
  }

  #keep(attached: Attachment): void {
    this.#socket.serializeAttachment(attached);
  }
}
