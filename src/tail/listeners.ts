import { DEAD_AFTER_MS, listenAnswer } from "../contract/listen.ts";
import { listenedAmong } from "../d1/endpoints.ts";
import { Deadlines } from "../deadlines.ts";
import { settleInGroups } from "../domain/groups.ts";
import type { Carried, CarriedRequest, Listener } from "../domain/listening.ts";
import { randomUuid, type Surroundings } from "../domain/surroundings.ts";
import { logLine } from "../service-log.ts";
import { Carrying } from "./carrying.ts";
import { LISTEN_CLOSED, ListenSocket } from "./listen-socket.ts";

/** An answer has 16 KiB of a body in base64, and headers. */
const LONGEST_MESSAGE = 256 * 1024;

/** Answers to what was not asked that one socket may give: some come too late, the rest is noise. */
const MOST_STRAY_ANSWERS = 1000;

/** What an endpoint's object has not answered after so long is given up, milliseconds: the hub has other sockets to look after. */
const ENDPOINT_ANSWERS_WITHIN_MS = 5000;

/** What of an endpoint's object is called. */
interface Endpoint {
  listened(): Promise<void>;
  listenerLeft(): Promise<boolean>;
}

/** Who listens: the sockets that carry requests to apps that have no URL, and what is under way on them. */
export class Listeners {
  readonly #ctx: DurableObjectState;
  readonly #endpoint: (id: string) => Endpoint;
  readonly #surroundings: Surroundings;
  readonly #deadlines: Deadlines;
  readonly #carrying = new Map<string, Carrying>();
  readonly #strays = new WeakMap<WebSocket, number>();
  /** Sockets that said that they leave: each says so once. */
  readonly #leaving = new WeakSet<WebSocket>();

  /** @param endpoint the object of one */
  constructor(ctx: DurableObjectState, surroundings: Surroundings, endpoint: (id: string) => Endpoint) {
    this.#ctx = ctx;
    this.#surroundings = surroundings;
    this.#deadlines = new Deadlines(surroundings);
    this.#endpoint = endpoint;
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#carrying.size === 0;
  }

  /** Takes a socket; its endpoint is told, as those are who listen to the same one. */
  accept(socket: WebSocket, listener: Listener, nowMs: number): void {
    const { endpointId } = listener;
    const one = ListenSocket.accept(this.#ctx, socket, listener, nowMs);
    const listeners = this.#countOf(endpointId);
    one.say({ type: "hello", endpoint_id: endpointId, listeners });
    this.#tellOthers(one);
    this.#ctx.waitUntil(this.#tellEndpoint(one));
  }

  /** Carries a request to all who listen to its endpoint; resolves with what came of it, and never rejects. */
  async carry(request: CarriedRequest): Promise<Carried> {
    const sockets = ListenSocket.all(this.#ctx, request.endpointId);
    if (sockets.length === 0) return { outcome: "nobody" };
    const id = randomUuid(this.#surroundings);
    const carrying = new Carrying(id, request, sockets, this.#deadlines, this.#surroundings);
    this.#carrying.set(id, carrying);
    try {
      return await carrying.carried;
    } finally {
      this.#carrying.delete(id);
      for (const one of sockets) if (!one.keepsUpAfter(id)) this.#end(one, LISTEN_CLOSED.tooSlow);
    }
  }

  /** What one who listens says. */
  async hear(one: ListenSocket, text: unknown, nowMs: number): Promise<void> {
    one.noteHeard(nowMs);
    const said = typeof text === "string" && text.length <= LONGEST_MESSAGE ? parsed(text) : null;
    const message = listenAnswer.safeParse(said);
    if (message.success && message.data.type === "leave") return this.#leave(one);
    const id = typeof said === "object" && said !== null ? Reflect.get(said, "id") : undefined;
    if (typeof id !== "string") {
      one.close(LISTEN_CLOSED.badMessage);
      return;
    }
    one.noteAnswered(id);
    const carrying = this.#carrying.get(id);
    if (carrying === undefined) this.#noteStray(one);
    else if (message.success && message.data.type === "answer") carrying.answer(one.socket, message.data);
    else carrying.answerWrongly(one.socket);
  }

  /** A socket of theirs is closed. */
  noteClosed(one: ListenSocket): void {
    for (const carrying of this.#carrying.values()) carrying.noteGone(one.socket);
    this.#tellOthers(one);
  }

  /** The ids of the keys by which they listen. */
  get keyIds(): string[] {
    return ListenSocket.all(this.#ctx).map(({ listener }) => listener.keyId);
  }

  /** Closes those whose key works no longer, and those of endpoints that are gone or not listened to any more. */
  async closeEnded(db: D1Database, workspaceId: string, workingKeyIds: ReadonlySet<string>): Promise<void> {
    const sockets = ListenSocket.all(this.#ctx);
    const endpointIds = [...new Set(sockets.map(({ listener }) => listener.endpointId))];
    const listened = new Set(await listenedAmong(db, workspaceId, endpointIds));
    for (const one of sockets) {
      const { keyId, endpointId } = one.listener;
      if (!workingKeyIds.has(keyId)) this.#end(one, LISTEN_CLOSED.keyEnded);
      else if (!listened.has(endpointId)) this.#end(one, LISTEN_CLOSED.endpointGone);
    }
  }

  #end(one: ListenSocket, why: readonly [number, string]): void {
    one.close(why);
    this.noteClosed(one);
  }

  /** Closes those that are silent; tells endpoints that did not hear yet that somebody came. */
  async lookAfter(nowMs: number): Promise<void> {
    const untold: ListenSocket[] = [];
    for (const one of ListenSocket.all(this.#ctx)) {
      if (nowMs - one.heardAt > DEAD_AFTER_MS) this.#end(one, LISTEN_CLOSED.silent);
      else if (!one.listener.isTold) untold.push(one);
    }
    await settleInGroups(untold, this.#surroundings, (one) => this.#tellEndpoint(one));
  }

  /** When the next one counts as gone, should nothing be heard of it, Unix milliseconds; infinite = there is none. */
  nextSilentAt(): number {
    const heard = ListenSocket.all(this.#ctx).map((one) => one.heardAt);
    return Math.min(Number.POSITIVE_INFINITY, ...heard) + DEAD_AFTER_MS + 1;
  }

  /** Never rejects: who was not told is told the next time. */
  async #tellEndpoint(one: ListenSocket): Promise<void> {
    const { endpointId } = one.listener;
    try {
      await this.#answered(this.#endpoint(endpointId).listened());
      one.setTold(true);
    } catch (error) {
      logLine("warn", "an endpoint did not hear that somebody listens", { endpoint: endpointId, error });
    }
  }

  #answered<T>(call: Promise<T>): Promise<T> {
    return this.#deadlines.within(ENDPOINT_ANSWERS_WITHIN_MS, call);
  }

  /** Whoever listens to the same endpoint hears how many they are. */
  #tellOthers(one: ListenSocket): void {
    const { endpointId } = one.listener;
    const others = ListenSocket.all(this.#ctx, endpointId).filter(({ socket }) => socket !== one.socket);
    const listeners = this.#countOf(endpointId);
    for (const other of others) other.say({ type: "listeners", listeners });
  }

  #countOf(endpointId: string): number {
    return ListenSocket.all(this.#ctx, endpointId).length;
  }

  async #leave(one: ListenSocket): Promise<void> {
    if (this.#leaving.has(one.socket)) {
      one.close(LISTEN_CLOSED.badMessage);
      return;
    }
    this.#leaving.add(one.socket);
    const { endpointId } = one.listener;
    const isLast = this.#countOf(endpointId) <= 1;
    // Null = it did not answer, and may be paused all the same, later.
    const paused =
      isLast && (await this.#answered(this.#endpoint(endpointId).listenerLeft()).catch(() => null));
    // Somebody may have come meanwhile, and told the endpoint so before it heard that this one left.
    const other = ListenSocket.all(this.#ctx, endpointId).find(({ socket }) => socket !== one.socket);
    one.say({ type: "left", paused: paused === true && other === undefined });
    if (paused === false || other === undefined) return;
    other.setTold(false);
    await this.#tellEndpoint(other);
  }

  #noteStray(one: ListenSocket): void {
    const strays = (this.#strays.get(one.socket) ?? 0) + 1;
    this.#strays.set(one.socket, strays);
    if (strays > MOST_STRAY_ANSWERS) one.close(LISTEN_CLOSED.badMessage);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
