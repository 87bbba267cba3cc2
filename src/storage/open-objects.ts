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

/** How long the connection that an object had stays open after it: until workerd's pool closes it. */
const CONNECTION_MS = 6000;

/** An open object with its connection to a receiver takes as much as so many connections that were left behind. */
const CONNECTIONS_PER_PLACE = 4;

/** How many objects are asked at once to close, and how many to go on. */
const AT_ONCE = 8;

/** How long one that waits may not have asked again before it counts as gone. */
const PATIENCE_MS = 5000;

/** One that sleeps is called when it is its turn; should that be lost, it asks by itself, which opens it. */
const SLEEP_MS = 15_000;
const SLEEP_MS_PER_WAITING = 100;

/** What an object says of itself; memory only, as it is asked by others. */
export interface OpenObject {
  /** Whether nothing of its memory would be missed. */
  readonly isIdle: boolean;
}

/** All times in Unix milliseconds. */
interface Place {
  since: number;
  usedAt: number;
  /** Calls under way. */
  callers: number;
  isClosing: boolean;
  /** Null until it is made. */
  object: OpenObject | null;
}

/** Who waits for a place: callers ask again and again, an object whose alarm rang sleeps until it is called. */
interface Waiting {
  sleeps: boolean;
  /** When it is taken to have given up. */
  until: number;
}

/** The places for objects of one class, by name. Those who wait for one come in the order in which they first asked. */
export class OpenObjects {
  readonly capacity: number;
  readonly #places = new Map<string, Place>();
  readonly #waiting = new Map<string, Waiting>();
  /** When objects were closed, each of which left a connection; oldest first. */
  #closedAt: number[] = [];
  #tidiedAt = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  /** Takes or uses an object's place; false: there is none for it now, and it waits. `sleeps`: see `toGoOn`. */
  take(name: string, now: number, sleeps = false): boolean {
    const own = this.#places.get(name);
    if (own && !isGone(own, now)) {
      if (!own.isClosing && !this.#mustYield(name, own, now)) {
        own.usedAt = now;
        return true;
      }
    } else if (this.#isNext(name, now)) {
      this.#give(name, now);
      return true;
    }
    this.#waiting.set(name, { sleeps, until: now + PATIENCE_MS + (sleeps ? 2 * this.sleepMs() : 0) });
    return false;
  }

  /** As `take`, for the time of a call: the function that it returns ends it. Null: there is no place now. */
  enter(name: string, now: number): ((now: number) => void) | null {
    if (!this.take(name, now)) return null;
    const place = this.#places.get(name);
    if (!place) return null;
    place.callers++;
    return (endedAt) => {
      place.callers--;
      place.usedAt = endedAt;
    };
  }

  /** Who waits gives up. */
  leave(name: string): void {
    this.#waiting.delete(name);
  }

  /** Whether an object that is open may start something new: not while others wait and its turn is over. */
  mayGoOn(name: string, now: number): boolean {
    const own = this.#places.get(name);
    if (!own) return this.take(name, now, true);
    if (own.isClosing || this.#mustYield(name, own, now)) return false;
    own.usedAt = now;
    return true;
  }

  /** An object was made: whoever had its name before is no more. */
  opened(name: string, object: OpenObject): void {
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
  toGoOn(now: number): string[] {
    const names: string[] = [];
    let free = Math.min(this.#free(now), AT_ONCE);
    for (const [name, { sleeps, until }] of this.#waiting) {
      if (free <= 0) break;
      if (until < now) {
        this.#waiting.delete(name);
        continue;
      }
      // A caller takes its place itself.
      if (!sleeps) break;
      this.#give(name, now);
      names.push(name);
      free--;
    }
    return names;
  }

  /** Objects that rest and are to be closed for those who wait; each is closing from now on. */
  toClose(now: number): string[] {
    const names: string[] = [];
    let wanted = Math.min(this.#waiting.size, AT_ONCE);
    for (const [name, place] of this.#places) {
      if (wanted <= 0) break;
      if (place.isClosing) wanted--;
      else if (place.callers === 0 && place.usedAt + IDLE_MS <= now && (place.object?.isIdle ?? true)) {
        place.isClosing = true;
        names.push(name);
        wanted--;
      }
    }
    return names;
  }

  /** An object that was to be closed is closed, or has found something to do. */
  closed(name: string, isClosed: boolean, now: number): void {
    const place = this.#places.get(name);
    if (!place) return;
    place.isClosing = false;
    if (!isClosed) return;
    this.#places.delete(name);
    this.#closedAt.push(now);
  }

  /** Whether a call of it is under way. */
  isCalled(name: string): boolean {
    return (this.#places.get(name)?.callers ?? 0) > 0;
  }

  /** Whether there is a place for this one, beside those that asked before it. */
  #isNext(name: string, now: number): boolean {
    const free = this.#free(now);
    if (free <= 0) return false;
    let before = 0;
    for (const [other, { until }] of this.#waiting) {
      if (other === name) return true;
      if (until < now) this.#waiting.delete(other);
      else if (++before >= free) return false;
    }
    return true;
  }

  #give(name: string, now: number): void {
    this.#waiting.delete(name);
    this.#places.set(name, { since: now, usedAt: now, callers: 0, isClosing: false, object: null });
  }

  #free(now: number): number {
    const expired = this.#closedAt.findIndex((at) => at + CONNECTION_MS > now);
    this.#closedAt = expired < 0 ? [] : this.#closedAt.slice(expired);
    const left = Math.floor(this.#closedAt.length / CONNECTIONS_PER_PLACE);
    if (this.#places.size + left >= this.capacity && this.#tidiedAt + IDLE_MS <= now) {
      this.#tidiedAt = now;
      for (const [name, place] of this.#places) if (isGone(place, now)) this.#places.delete(name);
    }
    return this.capacity - this.#places.size - left;
  }

  #mustYield(name: string, own: Place, now: number): boolean {
    if (own.since + TURN_MS > now) return false;
    for (const [other, { until }] of this.#waiting) {
      if (until < now) this.#waiting.delete(other);
      else if (other !== name) return true;
    }
    return false;
  }
}

function isGone({ callers, usedAt, object }: Place, now: number): boolean {
  if (usedAt + LOST_MS <= now) return true;
  return callers === 0 && usedAt + EVICTED_MS <= now && (object?.isIdle ?? true);
}
