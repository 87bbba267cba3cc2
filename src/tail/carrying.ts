import { DEAD_AFTER_MS, type ListenClientMessage } from "../contract/listen.ts";
import type { Deadlines } from "../deadlines.ts";
import type { AttemptError } from "../domain/delivery.ts";
import type { Carried, CarriedRequest } from "../domain/listening.ts";
import type { Clock } from "../domain/surroundings.ts";
import { LISTEN_CLOSED, type ListenSocket } from "./listen-socket.ts";

/** How often it is looked whether one who gave no answer in time is still there. */
const LOOKS_EVERY_MS = 1000;

type Answer = Exclude<ListenClientMessage, { type: "leave" }>;

/**
 * One request on its way to all who listen. The first answer of an app counts; that there was none counts only once
 * nobody is left who may still answer. One who gives none in time has failed, if it is heard of after that; of one that
 * fell silent, as a suspended computer does, nobody knows, and no attempt was made.
 */
export class Carrying {
  readonly #clock: Clock;
  readonly #sentAt: number;
  readonly #timeoutMs: number;
  readonly #deadlines: Deadlines;
  readonly #waiting = new Map<WebSocket, ListenSocket>();
  readonly #ended = Promise.withResolvers<Carried>();
  #failure: { error: AttemptError; durationMs: number } | null = null;
  #isEnded = false;

  constructor(
    id: string,
    request: CarriedRequest,
    sockets: readonly ListenSocket[],
    deadlines: Deadlines,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#sentAt = clock.nowMs();
    this.#timeoutMs = request.timeoutMs;
    this.#deadlines = deadlines;
    const { deliveryId, eventId, eventType, sequence, attempt, isReplay, timeoutMs, ...sent } = request;
    for (const one of sockets) {
      const isSent = one.say({
        type: "request",
        id,
        delivery_id: deliveryId,
        event_id: eventId,
        event_type: eventType,
        ...{ sequence, attempt },
        is_replay: isReplay,
        timeout_ms: timeoutMs,
        method: sent.method,
        headers: sent.headers,
        body: sent.body,
      });
      if (isSent) this.#waiting.set(one.socket, one);
    }
    this.#endIfNobodyIsLeft();
    if (!this.#isEnded) deadlines.in(timeoutMs, () => this.#failIfLate());
  }

  /** What came of it; never rejects. */
  get carried(): Promise<Carried> {
    return this.#ended.promise;
  }

  /** What one of them answers. */
  answer(socket: WebSocket, answer: Answer): void {
    if (!this.#waiting.has(socket)) return;
    if ("error" in answer) {
      this.#fail(socket, answer.error, answer.duration_ms);
      return;
    }
    const { status, headers, body, duration_ms: durationMs } = answer;
    const answered = answerOf(status, headers, body);
    if (answered === null) this.#fail(socket, "invalid_answer", durationMs);
    else this.#end({ outcome: "answered", ...answered, durationMs });
  }

  /** One of them answers what is no answer. */
  answerWrongly(socket: WebSocket): void {
    if (this.#waiting.has(socket)) this.#fail(socket, "invalid_answer", this.#clock.nowMs() - this.#sentAt);
  }

  /** One of them is gone. */
  noteGone(socket: WebSocket): void {
    if (this.#waiting.delete(socket)) this.#endIfNobodyIsLeft();
  }

  #fail(socket: WebSocket, error: AttemptError, durationMs: number): void {
    this.#failure = { error, durationMs };
    this.noteGone(socket);
  }

  #endIfNobodyIsLeft(): void {
    if (this.#waiting.size > 0) return;
    this.#end(this.#failure ? { outcome: "failed", ...this.#failure } : { outcome: "nobody" });
  }

  #failIfLate(): void {
    if (this.#isEnded) return;
    const nowMs = this.#clock.nowMs();
    for (const [socket, one] of [...this.#waiting]) {
      if (one.heardAt > this.#sentAt + this.#timeoutMs) this.#fail(socket, "timeout", this.#timeoutMs);
      else if (nowMs - one.heardAt > DEAD_AFTER_MS) {
        one.close(LISTEN_CLOSED.silent);
        this.noteGone(socket);
      }
    }
    if (!this.#isEnded) this.#deadlines.in(LOOKS_EVERY_MS, () => this.#failIfLate());
  }

  #end(carried: Carried): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#waiting.clear();
    this.#ended.resolve(carried);
  }
}

/** What `fetch` would make of it; null = it could not come over HTTP. */
function answerOf(status: number, headers: Record<string, string>, body: string) {
  try {
    new Headers(headers);
    return { status, headers, body: new Uint8Array(Buffer.from(body, "base64")) };
  } catch {
    return null;
  }
}
