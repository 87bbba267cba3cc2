import { DurableObject } from "cloudflare:workers";
import { workingKeys } from "../d1/keys.ts";
import { objectEnv, slotsOf } from "../d1/patient-database.ts";
import { TAIL_STATUSES } from "../domain/hub-sockets.ts";
import { type Carried, type CarriedRequest, type Listener, listenerShape } from "../domain/listening.ts";
import type { HubObject } from "../domain/object-faces.ts";
import type { StoredText } from "../domain/stored.ts";
import {
  isWatched,
  type TailAnswer,
  type TailReport,
  WATCH_MS,
  type Watch,
  type Watcher,
  type Watching,
  watchingShape,
} from "../domain/tail.ts";
import type { Env } from "../env.ts";
import { endpointOf, hubOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";
import { logRetried } from "../service-log.ts";
import { type OwnPlace, ownPlace } from "../storage/places.ts";
import { migrate } from "../storage/schema.ts";
import { Announcing } from "./announcing.ts";
import { Frames } from "./frames.ts";
import { LISTEN_CLOSED, ListenSocket } from "./listen-socket.ts";
import { Listeners } from "./listeners.ts";
import { NextFrame } from "./next-frame.ts";
import { Reached } from "./reach.ts";
import { HUB_SCHEMA } from "./schema.ts";
import { Showing } from "./showing.ts";
import { CLOSED, LONGEST_WATCHER, TailSocket } from "./sockets.ts";
import { Tellers } from "./tellers.ts";

/** Sockets of a workspace: of those who watch and of those who listen, together. */
export const SOCKETS_PER_WORKSPACE = 50;

/** How often it looks whether the keys still work, and tells anew that somebody watches: a revoked key stops within 10 s. */
const LOOKS_EVERY_MS = 9000;

/**
 * The hub of a workspace: it has the sockets of those who watch deliveries and of those who listen to an endpoint, and
 * sleeps while nothing happens. Endpoints tell it what changed, and it shows each who watches the part that they may and
 * want to see; to those who listen it carries the endpoint's requests.
 */
export class Hub extends DurableObject<Env> implements HubObject {
  readonly #frames = new Frames(() => this.#sql);
  readonly #showing: Showing;
  readonly #listeners: Listeners;
  #hasTables = false;
  readonly #announcing: Announcing;
  readonly #nextFrame = new NextFrame(this.#frames, platform, (frame) => this.#showing.showToAll(frame));
  readonly #tellers = new Tellers();
  /** Whether somebody watches, in memory: it is asked by others. */
  #hasSockets: boolean;
  #isInAlarm = false;
  readonly #place: OwnPlace;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, objectEnv(env, slotsOf(env), platform));
    this.#showing = new Showing(ctx, platform, new Reached(this.env.DB), () => this.#announcing.epoch);
    this.#announcing = new Announcing(
      () => this.#sql,
      this.env,
      () => ctx.id.name ?? "",
      platform,
    );
    this.#listeners = new Listeners(ctx, platform, (id) => endpointOf(this.env, id));
    this.#hasSockets = this.#openSockets() > 0;
    this.#place = ownPlace(env, "HUB", ctx, this, platform, (workspaceId) => hubOf(env, workspaceId));
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** Tables are made for the first who watches: a workspace that nobody watches has none. */
  get #sql(): SqlStorage {
    if (!this.#hasTables) migrate(this.ctx.storage, HUB_SCHEMA);
    this.#hasTables = true;
    return this.ctx.storage.sql;
  }

  /** Opens a socket to watch or to listen by; what it answers where it does not: `domain/hub-sockets.ts`. */
  override async fetch(request: Request): Promise<Response> {
    if (this.#isFull) return refusal("too_many");
    const listener = request.headers.get("x-listening") as StoredText<Listener> | null;
    return listener === null ? this.#openTail(request) : this.#openListen(listenerShape.read(listener));
  }

  async #openListen(listener: Listener): Promise<Response> {
    const nowMs = platform.nowMs();
    const { 0: client, 1: server } = new WebSocketPair();
    this.#listeners.accept(server, listener, nowMs);
    this.#hasSockets = true;
    await this.#lookBy(nowMs + LOOKS_EVERY_MS);
    return new Response(null, { status: TAIL_STATUSES.opened, webSocket: client });
  }

  async #openTail(request: Request): Promise<Response> {
    const asked = request.headers.get("x-watching") as StoredText<Watching> | null;
    if (asked === null) return new Response(null, { status: 400 });
    // A socket that could not keep who watches would be nobody's.
    if (asked.length > LONGEST_WATCHER) return refusal("scope_too_long");
    const { watcher, cursor, ticket } = watchingShape.read(asked);
    const nowMs = platform.nowMs();
    if (ticket !== null && !this.#use(ticket, nowMs)) return refusal("ticket_used");
    // Before it is let in: from its first message on it sees all that is handed over.
    try {
      this.#endLapsed(nowMs);
      await this.#announcing.addWatcher([...this.#watchers, watcher], nowMs);
    } catch (error) {
      logRetried("warn", "a log did not hear that somebody watches", { workspace: this.ctx.id.name, error });
      return refusal("log_busy");
    }
    if (this.#isFull) return refusal("too_many");
    const { 0: client, 1: server } = new WebSocketPair();
    const socket = TailSocket.accept(this.ctx, server, watcher, nowMs);
    this.#hasSockets = true;
    await this.#greet(socket, cursor, nowMs);
    await this.#lookBy(nowMs + LOOKS_EVERY_MS);
    return new Response(null, { status: TAIL_STATUSES.opened, webSocket: client });
  }

  get #isFull(): boolean {
    return this.#openSockets() >= SOCKETS_PER_WORKSPACE;
  }

  get #watchers(): Watcher[] {
    return TailSocket.all(this.ctx).map(({ watcher }) => watcher);
  }

  /** Where it was not said in time that somebody watches, who does is to read the lists again: it comes back and is told so. */
  #endLapsed(nowMs: number): void {
    if (this.#announcing.living(nowMs) !== null) return;
    this.#announcing.noteLapse();
    for (const socket of TailSocket.all(this.ctx)) socket.close(CLOSED.failed);
  }

  /** Who watches; null = nobody. */
  watching(): Watch | null {
    const nowMs = platform.nowMs();
    return TailSocket.all(this.ctx).length > 0 || this.#hasTables ? this.#announcing.living(nowMs) : null;
  }

  /** What an endpoint tells; answers once it is kept for those who come back, so that a reset loses nothing of it. */
  async report(report: TailReport): Promise<TailAnswer> {
    const nowMs = platform.nowMs();
    const watch = this.#announcing.living(nowMs);
    const answer = { watch, everyMs: this.#tellers.everyMs(report.endpointId, nowMs) };
    if (!isWatched(watch, report.endpointId, nowMs)) return answer;
    await this.#nextFrame.add(report, nowMs);
    return answer;
  }

  /** How many listen to an endpoint. */
  listening(endpointId: string): number {
    return ListenSocket.all(this.ctx, endpointId).length;
  }

  /** Carries an attempt to those who listen to its endpoint. */
  carry(request: CarriedRequest): Promise<Carried> {
    return this.#listeners.carry(request);
  }

  /** Closes every socket and deletes everything, for good. */
  async erase(): Promise<void> {
    for (const one of ListenSocket.all(this.ctx)) one.close(LISTEN_CLOSED.endpointGone);
    for (const socket of TailSocket.all(this.ctx)) socket.close(CLOSED.workspaceDeleted);
    this.#hasSockets = false;
    this.#announcing.forget();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#hasTables = false;
  }

  override async alarm(): Promise<void> {
    // One who watches holds the place; without, what is to be forgotten may wait.
    if (!this.#place.mayGoOn() && !this.#hasSockets) {
      await this.ctx.storage.setAlarm(this.#place.book(platform.nowMs() + this.#place.sleepMs()));
      // Once the alarm is over: one that is cut would ring again at once.
      platform.after(0, () => this.close(true));
      return;
    }
    await this.goOn();
  }

  /** It has a place among the open objects: it looks after its sockets, and what it keeps. */
  async goOn(): Promise<void> {
    this.#isInAlarm = true;
    try {
      await this.#lookAfter();
    } finally {
      this.#isInAlarm = false;
      this.#hasSockets = this.#openSockets() > 0;
    }
  }

  /** Whether nothing would be missed of it: its sockets would be, for they end with its life. */
  get isIdle(): boolean {
    return !this.#hasSockets && !this.#nextFrame.isWaiting && !this.#isInAlarm && this.#listeners.isIdle;
  }

  /** Makes room for other objects, if nobody watches. */
  async close(isForced = false): Promise<void> {
    await this.#place.close(isForced && !this.#hasSockets);
  }

  async #lookAfter(): Promise<void> {
    const nowMs = platform.nowMs();
    try {
      await this.#closeEnded(nowMs);
      if (this.#watchers.length > 0) this.#endLapsed(nowMs);
      await this.#listeners.lookAfter(nowMs);
      await this.#announcing.lookAfter(this.#watchers, nowMs);
    } catch (error) {
      logRetried("warn", "a hub could not look after its sockets", { workspace: this.ctx.id.name, error });
    }
    if (this.#openSockets() > 0)
      await this.ctx.storage.setAlarm(Math.min(nowMs + LOOKS_EVERY_MS, this.#listeners.nextSilentAt()));
    // Who comes back soon finds what was told meanwhile.
    else if (this.#announcing.living(nowMs) !== null) await this.ctx.storage.setAlarm(nowMs + WATCH_MS);
    else this.#frames.clear();
  }

  override async webSocketMessage(socket: WebSocket, message: unknown): Promise<void> {
    const listening = ListenSocket.of(this.ctx, socket);
    if (listening === null) TailSocket.of(this.ctx, socket).hear(message);
    else await this.#listeners.hear(listening, message, platform.nowMs());
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005, 1006 and 1015 are never said on the wire.
    if (socket.readyState !== WebSocket.CLOSED)
      socket.close(code < 1000 || [1005, 1006, 1015].includes(code) ? 1000 : code);
    this.#noteEnded(socket);
  }

  override webSocketError(socket: WebSocket): void {
    this.#noteEnded(socket);
  }

  #noteEnded(socket: WebSocket): void {
    const listening = ListenSocket.of(this.ctx, socket);
    if (listening !== null) this.#listeners.noteClosed(listening);
    this.#hasSockets = this.#openSockets() > 0;
  }

  #openSockets(): number {
    return TailSocket.all(this.ctx).length + ListenSocket.all(this.ctx).length;
  }

  /** A ticket lets in once. */
  #use({ nonce, until }: { nonce: string; until: number }, nowMs: number): boolean {
    const sql = this.#sql;
    sql.exec("DELETE FROM used_tickets WHERE until < ?", nowMs);
    const used = sql.exec("INSERT INTO used_tickets VALUES (?, ?) ON CONFLICT DO NOTHING", nonce, until);
    return used.rowsWritten > 0;
  }

  async #greet(socket: TailSocket, cursor: string | null, nowMs: number): Promise<void> {
    const [epoch = "", number = ""] = (cursor ?? "").split(".");
    const missed = epoch === this.#announcing.epoch ? this.#frames.after(Number(number), nowMs) : null;
    const current = `${this.#announcing.epoch}.${this.#frames.last}`;
    socket.say(
      {
        type: "hello",
        cursor: cursor !== null && missed ? cursor : current,
        gap: cursor !== null && missed === null,
      },
      nowMs,
      platform,
    );
    for (const frame of missed ?? []) await this.#showing.showTo([socket], frame, nowMs);
  }

  /** What was left to look after when nobody watched may come later. */
  async #lookBy(atMs: number): Promise<void> {
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
  }

  async #closeEnded(nowMs: number): Promise<void> {
    const sockets = TailSocket.all(this.ctx);
    const keyIds = [...sockets.map(({ watcher }) => watcher.keyId), ...this.#listeners.keyIds];
    const ids = [...new Set(keyIds)];
    if (ids.length === 0) return;
    const working = new Set(await workingKeys(this.env.DB, ids, nowMs));
    for (const socket of sockets) {
      if (!working.has(socket.watcher.keyId)) socket.close(CLOSED.keyEnded);
      else socket.closeIfSilent(nowMs);
    }
    await this.#listeners.closeEnded(this.env.DB, this.ctx.id.name ?? "", working);
  }
}

function refusal(outcome: Exclude<keyof typeof TAIL_STATUSES, "opened">): Response {
  return new Response(null, { status: TAIL_STATUSES[outcome] });
}
