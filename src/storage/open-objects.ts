import { WaitingLines } from "./waiting-lines.ts";

/*
 * How many objects may be open at once. An open object holds three files for ten seconds after its last use, and one
 * machine has few; on Cloudflare there is no such limit. Everything that wakes an object asks here: calls of any kind,
 * and the object itself when its alarm rings. The places are counted at module level, since all objects of a class
 * live in one isolate there.
 */

/** How long an object is open after its last use: workerd evicts it after 10 s. */
const EVICTED_MS = 12_000;

/** An object that has said nothing for so long while it was busy was reset: no attempt and no call takes that long. */
const LOST_MS = 180_000;

/** While others wait, nobody keeps a place for longer: who has work all the time would keep it for ever. */
const TURN_MS = 15_000;

/** An object that was used a moment ago is likely to be used again. */
const IDLE_MS = 100;

/** How long the connection that an object had stays open after it, at most. */
const CONNECTION_MS = 6000;

/** An open object with its connection to a receiver takes as much as so many connections that were left behind. */
const CONNECTIONS_PER_PLACE = 4;

/** How many objects are asked at once to close, and how many to go on. */
const AT_ONCE = 4;

/** How long one that waits may not have asked again before it counts as gone. */
const PATIENCE_MS = 5000;

/** One that sleeps is called when it is its turn; should that be lost, it asks by itself, which opens it. */
const SLEEP_MS = 30_000;
const SLEEP_MS_PER_WAITING = 200;

/** The line of calls that come from outside, which ask again and again. Each log's hand-over has a line of its own. */
const CALLERS = "callers";

/** The line of objects whose alarm rang: they sleep until they are called. */
export const SLEEPERS = "sleepers";

/** What an object says of itself; memory only, as it is asked by others. */
export interface OpenObject {
  /** Whether nothing of its memory would be missed. */
  readonly isIdle: boolean;
}

/** All times in Unix milliseconds. */
interface Place {
  sinceMs: number;
  usedAt: number;
  /** Calls under way. */
  callers: number;
  isClosing: boolean;
  /** Null until it is made. */
  object: OpenObject | null;
}

/** The places for objects of one class, by name. Those who wait for one do so in lines, which take turns. */
export class OpenObjects {
  readonly capacity: number;
  readonly #leavesConnection: boolean;
  readonly #takesTurns: boolean;
  readonly #places = new Map<string, Place>();
  readonly #waiting = new WaitingLines();
  /** Objects that rested when it was last looked, and were not asked to close since; longest open first. */
  #restingNames: string[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** How many places are closing. */
  #closing = 0;
  /** When objects were closed, each of which left a connection; oldest first. */
  #closedAt: number[] = [];
  #tidiedAt = 0;

  /**
   * @param kind `leavesConnection`: one that is closed leaves a connection for a while; `takesTurns`: one that is busy
   * makes room for others after its turn
   */
  constructor(capacity: number, kind: { leavesConnection?: boolean; takesTurns?: boolean } = {}) {
    this.capacity = capacity;
    this.#leavesConnection = kind.leavesConnection ?? true;
    this.#takesTurns = kind.takesTurns ?? true;
  }

  /** Takes or uses an object's place; false: there is none for it now, and it waits in this line. */
  take(name: string, nowMs: number, line = CALLERS): boolean {
    const own = this.#places.get(name);
    if (own && !isGone(own, nowMs)) {
      if (!own.isClosing && !this.#mustYield(name, own, nowMs)) {
        own.usedAt = nowMs;
        return true;
      }
    } else if (this.#waiting.isAmongNext(this.#free(nowMs), name, line, nowMs)) {
      this.#give(name, line, nowMs);
      return true;
    }
    const sleepsMs = line === SLEEPERS ? 2 * this.sleepMs() : 0;
    this.#waiting.add(name, line, nowMs + PATIENCE_MS + sleepsMs);
    return false;
  }

  /** As `take`, for the time of a call: the function that it returns ends it. Null: there is no place now. */
  enter(name: string, nowMs: number): ((nowMs: number) => void) | null {
    if (!this.take(name, nowMs)) return null;
    const place = this.#places.get(name);
    if (!place) return null;
    place.callers++;
    return (endedAt) => {
      place.callers--;
      place.usedAt = endedAt;
    };
  }

  /** A caller that waits gives up. */
  leave(name: string): void {
    this.#waiting.remove(name, CALLERS);
  }

  /** Whether an object that was made a moment ago may read its tables: it is being called, or has a place. */
  mayOpen(name: string, nowMs: number): boolean {
    return this.isCalled(name) || this.mayGoOn(name, nowMs);
  }

  /** Whether an object that is open may start something new: not while others wait and its turn is over. */
  mayGoOn(name: string, nowMs: number): boolean {
    const own = this.#places.get(name);
    if (!own) return this.take(name, nowMs, SLEEPERS);
    if (own.isClosing || this.#mustYield(name, own, nowMs)) return false;
    own.usedAt = nowMs;
    return true;
  }

  /** An object was made: whoever had its name before is no more. */
  noteOpened(name: string, object: OpenObject): void {
    const place = this.#places.get(name);
    if (place) place.object = object;
  }

  /** How long an object that waits may sleep before it asks by itself, milliseconds. */
  sleepMs(): number {
    return SLEEP_MS + SLEEP_MS_PER_WAITING * this.#waiting.size;
  }

  /** Whether anybody waits. */
  get isWanted(): boolean {
    return this.#waiting.size > 0;
  }

  /** Objects that sleep and have a place from now on: whoever asks here calls them. */
  chooseToGoOn(nowMs: number): string[] {
    const names: string[] = [];
    while (names.length < AT_ONCE) {
      const name = this.#waiting.first(SLEEPERS, nowMs);
      if (name === null || !this.#waiting.isAmongNext(this.#free(nowMs), name, SLEEPERS, nowMs)) break;
      this.#give(name, SLEEPERS, nowMs);
      names.push(name);
    }
    return names;
  }

  /**
   * Objects that rest and are to be closed for those who wait; each is closing from now on. However often it is asked, it
   * looks through all places only now and then: while all of them are busy, everybody who waits asks in vain.
   */
  chooseToClose(nowMs: number): string[] {
    const names: string[] = [];
    const wanted = Math.min(this.#waiting.size, AT_ONCE);
    while (this.#closing < wanted) {
      const name = this.#nextResting(nowMs);
      if (name === null) break;
      const place = this.#places.get(name);
      if (!place || !rests(place, nowMs)) continue;
      place.isClosing = true;
      this.#closing++;
      names.push(name);
    }
    return names;
  }

  /** An object that was to be closed is closed, or has found something to do. */
  noteClosed(name: string, isClosed: boolean, nowMs: number): void {
    const place = this.#places.get(name);
    if (!place) return;
    if (isClosed) {
      this.#remove(name);
      if (this.#leavesConnection) this.#closedAt.push(nowMs);
    } else if (place.isClosing) {
      place.isClosing = false;
      this.#closing--;
    }
  }

  /** Whether it has a place, be it that it is closing. */
  hasPlace(name: string): boolean {
    return this.#places.has(name);
  }

  /** Whether a call of it is under way. */
  isCalled(name: string): boolean {
    return (this.#places.get(name)?.callers ?? 0) > 0;
  }

  #nextResting(nowMs: number): string | null {
    if (this.#restingNames.length === 0 && this.#lookedAt + IDLE_MS <= nowMs) {
      this.#lookedAt = nowMs;
      // The last one is taken first.
      for (const [name, place] of this.#places) if (rests(place, nowMs)) this.#restingNames.push(name);
      this.#restingNames.reverse();
    }
    return this.#restingNames.pop() ?? null;
  }

  #give(name: string, line: string, nowMs: number): void {
    this.#waiting.noteServed(name, line);
    this.#remove(name);
    this.#places.set(name, { sinceMs: nowMs, usedAt: nowMs, callers: 0, isClosing: false, object: null });
  }

  #remove(name: string): void {
    if (this.#places.get(name)?.isClosing) this.#closing--;
    this.#places.delete(name);
  }

  #free(nowMs: number): number {
    if ((this.#closedAt[0] ?? nowMs) + CONNECTION_MS <= nowMs)
      this.#closedAt = this.#closedAt.filter((at) => at + CONNECTION_MS > nowMs);
    const left = Math.floor(this.#closedAt.length / CONNECTIONS_PER_PLACE);
    if (this.#places.size + left >= this.capacity && this.#tidiedAt + IDLE_MS <= nowMs) {
      this.#tidiedAt = nowMs;
      for (const [name, place] of this.#places) if (isGone(place, nowMs)) this.#remove(name);
    }
    return this.capacity - this.#places.size - left;
  }

  #mustYield(name: string, own: Place, nowMs: number): boolean {
    return this.#takesTurns && own.sinceMs + TURN_MS <= nowMs && this.#waiting.hasOther(name, nowMs);
  }
}

function rests({ isClosing, callers, usedAt, object }: Place, nowMs: number): boolean {
  return !isClosing && callers === 0 && usedAt + IDLE_MS <= nowMs && (object?.isIdle ?? true);
}

function isGone({ callers, usedAt, object }: Place, nowMs: number): boolean {
  if (usedAt + LOST_MS <= nowMs) return true;
  return callers === 0 && usedAt + EVICTED_MS <= nowMs && (object?.isIdle ?? true);
}
