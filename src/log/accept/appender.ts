import type { LoggedEvent, NewEvent } from "../../domain/event.ts";
import { type IdSeed, positionOfEventId } from "../../domain/ids.ts";
import type { MemoryHolder } from "../../domain/memory-budget.ts";
import type { AppendAnswer, AppendRequest } from "../../domain/messages.ts";
import { type PackedEvents, unpackEvents } from "../../domain/packed-events.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { approximateBytes } from "../store/chunk.ts";
import type { EventCounts } from "../store/event-counts.ts";
import type { Share } from "../store/share.ts";
import { AppendBatch, type AppendBatchPort, type BatchedRequest } from "./append-batch.ts";
import { CommitPace } from "./commit-pace.ts";
import type { KnownEvents } from "./first-answers.ts";
import type { MatchRoom } from "./match-job.ts";
import type { Matcher } from "./matcher.ts";
import { awaitTurn } from "./thread-turns.ts";

/** Above this much in the object publishing answers `overloaded`: an object takes 10 GB, whatever fills it. */
export const MAX_STORED_BYTES = 8 * 1024 ** 3;
export const STORED_RETRY_SECONDS = 10;

/** So much is accepted before it is looked again how much that is: a look costs a tenth of accepting an event. */
const BYTES_PER_LOOK = 4 * 1024 ** 2;

/** What waits in front of costly filters takes seconds. */
const UNMATCHED_RETRY_SECONDS = 10;

/** What one transaction takes: a larger group would hold up everything else on the thread. */
const GROUP_BYTES = 1024 * 1024;

const NONE_KNOWN: KnownEvents = new Map();

/** By which routing a request was sent here, and until when it may be accepted. */
type Passage = Pick<AppendRequest, "epoch" | "notAfterMs">;

interface Waiting extends BatchedRequest {
  passage: Passage;
  bytes: number;
  resolve: (answer: AppendAnswer) => void;
  reject: (error: unknown) => void;
}

export interface AppenderPort extends AppendBatchPort {
  matcher: Matcher;
  share: Pick<Share, "nextPosition" | "accepts">;
  surroundings: Clock & Timers;
  /** What waits for its commit; where there is no room for more, publishing answers `overloaded`. */
  memory: MemoryHolder;
  /** Runs in the transaction of each group: leaves an alarm for the work it makes. */
  arm(): void;
  /** The events among these ids, hot or archived. */
  findKnown(ids: readonly string[]): Promise<KnownEvents>;
  /** After a group's commit; never throws. */
  onCommitted(events: LoggedEvent[], bytes: number): void;
}

/**
 * Group commit: requests that arrive while one transaction runs share the next one, and where many come it waits for them,
 * see `CommitPace`. A publisher's answer is sent after its group is durable (the object's output gate holds it back until then).
 */
export class Appender {
  readonly #port: AppenderPort;
  #waiting: Waiting[] = [];
  /** The next commit: null = none is planned. */
  #planned: { lingers: boolean } | null = null;
  readonly #pace = new CommitPace();
  #lastPosition: number;
  #counts: EventCounts;
  /** How much may still come before it is looked how much is stored. */
  #bytesUntilLook = 0;

  /** Goes on from what is stored: the newest position, and what was counted. */
  constructor(port: AppenderPort, lastPosition: number, counts: EventCounts) {
    this.#port = port;
    this.#lastPosition = lastPosition;
    this.#counts = counts;
  }

  /** What waits in memory for its commit, bytes. */
  get waitingBytes(): number {
    return this.#port.memory.heldBytes;
  }

  /** The newest position given out and committed. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** What was accepted and committed, and missed by whom, since the log began. */
  get counts(): EventCounts {
    return this.#counts;
  }

  /**
   * Accepts a request's events, all or none; answers once they are committed. Packed ones are unpacked in turns, and
   * smaller requests that came later may be committed before them: who wants an order waits for each answer.
   */
  async append({ events: given, request, before, ...passage }: AppendRequest): Promise<AppendAnswer> {
    const refusal = this.#refusalOf(passage);
    if (refusal !== null) return refusal;
    const bytes = bytesOf(given);
    if (this.#isFullFor(bytes)) return { outcome: "overloaded", retryAfterSeconds: STORED_RETRY_SECONDS };
    const room = new Room(this.#port.memory);
    if (!room.grow(bytes)) return { outcome: "overloaded", retryAfterSeconds: 1 };
    try {
      const events = Array.isArray(given)
        ? given
        : await unpackEvents(given, () => awaitTurn(this.#port.surroundings));
      // Events that the server gave an id may lie in the archive: they are read before the request joins a group.
      const ids = serverMadeIds(events, this.#port.seed);
      const known = ids.length === 0 ? NONE_KNOWN : await this.#port.findKnown(ids);
      const matched = await this.#port.matcher.match(events, this.#port.nowMs(), room);
      if (matched === null) {
        const mustSplit = room.isTooSmall ? ({ mustSplit: true } as const) : {};
        return { outcome: "overloaded", retryAfterSeconds: UNMATCHED_RETRY_SECONDS, ...mustSplit };
      }
      return await new Promise((resolve, reject) => {
        this.#waiting.push({
          events: matched,
          known,
          request,
          before,
          passage,
          bytes: room.bytes,
          resolve,
          reject,
        });
        this.#schedule();
      });
    } finally {
      room.leave();
    }
  }

  /** What to answer to what may not be accepted by the way it came; null = it may. */
  #refusalOf({ epoch = 0, notAfterMs = Number.POSITIVE_INFINITY }: Passage): AppendAnswer | null {
    if (!this.#port.share.accepts(epoch)) return { outcome: "rerouted" };
    return this.#port.nowMs() <= notAfterMs ? null : { outcome: "late" };
  }

  #isFullFor(bytes: number): boolean {
    if (this.#bytesUntilLook < bytes) {
      const isFull = this.#port.storage.sql.databaseSize > MAX_STORED_BYTES;
      this.#bytesUntilLook = isFull ? 0 : BYTES_PER_LOOK;
      if (isFull) return true;
    }
    this.#bytesUntilLook -= bytes;
    return false;
  }

  #schedule(): void {
    if (this.#planned?.lingers === false) return;
    if (this.#planned === null && this.#pace.takesOneByOne) {
      // A timer would cost a lone event a millisecond.
      this.#flush();
      return;
    }
    const lingerMs = this.#pace.lingerMs(this.#waiting.length, this.#port.nowMs());
    // Who lingers and is complete lingers no more: it waits for a timer of its own.
    if (this.#planned === null || lingerMs === 0) this.#plan(lingerMs);
  }

  #plan(inMs: number): void {
    const plan = { lingers: inMs > 0 };
    this.#planned = plan;
    this.#port.surroundings.after(inMs, () => {
      if (this.#planned !== plan) return;
      this.#planned = null;
      this.#flush();
      // What did not fit waits for nobody.
      if (this.#waiting.length > 0) this.#plan(0);
    });
  }

  #flush(): void {
    let bytes = 0;
    let count = 0;
    while (
      count < this.#waiting.length &&
      (count === 0 || bytes + (this.#waiting[count]?.bytes ?? 0) <= GROUP_BYTES)
    ) {
      bytes += this.#waiting[count++]?.bytes ?? 0;
    }
    const group = this.#waiting.splice(0, count);
    if (this.#commit(group) || group.length === 1) return;
    // One request must not fail the others that happened to wait with it.
    for (const request of group) this.#commit([request]);
  }

  /** Commits a group and answers it. False: nothing was stored; a request alone is told why. */
  #commit(group: Waiting[]): boolean {
    const batch = new AppendBatch(this.#port, this.#lastPosition, this.#counts);
    let bytes = 0;
    let answers: AppendAnswer[];
    try {
      answers = this.#port.storage.transactionSync(() => {
        const results = group.map(
          ({ passage, ...waiting }): AppendAnswer =>
            // The log may have been closed to it while it waited.
            this.#refusalOf(passage) ?? batch.add(waiting),
        );
        bytes = batch.write();
        if (batch.events.length > 0) this.#port.arm();
        return results;
      });
    } catch (error) {
      if (group.length === 1) group[0]?.reject(error);
      return false;
    }
    // It is stored: whatever goes wrong from here on must not have it tried again.
    this.#lastPosition = batch.lastPosition;
    this.#counts = batch.counts;
    for (const [i, request] of group.entries()) request.resolve(answers[i] as AppendAnswer);
    if (batch.events.length > 0) this.#port.onCommitted(batch.events, bytes);
    const durable = this.#pace.begin(group.length, this.#port.nowMs());
    this.#port.storage.sync().then(
      () => durable(this.#port.nowMs()),
      // Who waits for it learns elsewhere that it failed.
      () => {},
    );
    return true;
  }
}

/** What a request holds while it waits: its events, and the lists of endpoints that it was the first to need. */
class Room implements MatchRoom {
  bytes = 0;
  /** Whether it was asked for more than one request may ever hold: to wait for that is of no use. */
  isTooSmall = false;
  readonly #memory: MemoryHolder;

  constructor(memory: MemoryHolder) {
    this.#memory = memory;
  }

  grow(bytes: number): boolean {
    if (!this.#memory.hasRoomFor(bytes)) {
      this.isTooSmall = this.bytes + bytes > this.#memory.shareBytes;
      return false;
    }
    this.bytes += bytes;
    this.#memory.hold(this.#memory.heldBytes + bytes);
    return true;
  }

  leave(): void {
    this.#memory.hold(this.#memory.heldBytes - this.bytes);
  }
}

/** What a request's events take in memory, roughly. */
function bytesOf(given: NewEvent[] | PackedEvents): number {
  if (Array.isArray(given)) return given.reduce((total, event) => total + approximateBytes(event), 0);
  return given.data.byteLength + given.events.byteLength;
}

/** Ids in a request that the server made itself: their events must be read before the request can be judged. */
function serverMadeIds(events: readonly NewEvent[], seed: IdSeed): string[] {
  return events.flatMap(({ id }) => (id !== undefined && positionOfEventId(id, seed) !== null ? [id] : []));
}
