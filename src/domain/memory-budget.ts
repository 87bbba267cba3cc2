import { MINUTE_MS } from "./durations.ts";
/*
 * What is held in memory for one purpose, counted over everything that shares an isolate: Cloudflare gives an isolate
 * 128 MB, whichever objects and requests live in it, and ends all of them beyond that.
 */

export const MIB = 1024 * 1024;

/** An event, or a body, of this size never waits for larger ones: nearly all are far smaller. */
export const SMALL_BYTES = 64 * 1024;

/** Who waits asks again and again; who has not asked for so long has gone, as an object that was reset. */
const PLACE_MS = 1000;

/** How many waiters are looked at: one that its own workspace's share holds back does not block those behind it. */
const LOOKED_AT = 64;

/**
 * Nothing that lives holds the same for so long. An object that was reset and never came back here (it was deleted, or
 * lives on another machine now) can give nothing back: what it held is taken from it where others need it.
 */
const LEASE_MS = 10 * MINUTE_MS;

/** So many names are remembered of which nothing is held: who had one may be an object that goes on for a moment after its reset. */
const MOST_NAMES = 10_000;

/** What one group may hold of the whole. */
const SHARE_OF_GROUP = 2 / 3;

interface Place {
  bytes: number;
  group: string;
  askedAt: number;
}

/**
 * A number of bytes for everybody, at most two thirds of them for one group (a workspace), so that one alone cannot take
 * what the others need. What is larger than that is taken alone. Those who wait come in the order in which they asked.
 */
export class MemoryBudget {
  readonly limitBytes: number;
  #heldBytes = 0;
  /** Holders that hold something; whoever changed last is last. */
  readonly #holding = new Set<MemoryHolder>();
  /** The newest of each name, whether it holds something or not. */
  readonly #newest = new Map<string, MemoryHolder>();
  readonly #groups = new Map<string, number>();
  readonly #line = new Map<string, Place>();

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** What all holders hold. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether anybody waits in line. */
  isAwaited(nowMs: number): boolean {
    for (const { askedAt } of this.#line.values()) if (nowMs - askedAt <= PLACE_MS) return true;
    return false;
  }

  /**
   * The holder of a name, which holds nothing yet. A former one of the same name holds nothing from now on: it belonged
   * to an object that was reset, and can give nothing back.
   * @param nowMs the holder's clock, Unix milliseconds
   */
  holder(name: string, group: string, nowMs: () => number): MemoryHolder {
    this.#newest.get(name)?.close();
    const holder = new MemoryHolder(name, group, {
      hasRoomFor: (bytes) => this.#hasRoomFor(bytes, group, nowMs()),
      isNext: (bytes, askedAt) => this.#isNext(name, { bytes, group, askedAt }, nowMs()),
      noteChange: (holder, byBytes) => this.#noteChange(holder, byBytes, nowMs()),
      leaveLine: () => this.#line.delete(name),
      shareBytes: this.limitBytes * SHARE_OF_GROUP,
    });
    this.#newest.delete(name);
    this.#newest.set(name, holder);
    this.#forgetOne();
    return holder;
  }

  #forgetOne(): void {
    if (this.#newest.size <= MOST_NAMES) return;
    for (const [name, { heldBytes }] of this.#newest) {
      if (heldBytes > 0) continue;
      this.#newest.delete(name);
      return;
    }
  }

  #hasRoomFor(bytes: number, group: string, nowMs: number): boolean {
    return this.#fits(bytes, group) || (this.#endLeases(nowMs) && this.#fits(bytes, group));
  }

  #fits(bytes: number, group: string): boolean {
    if (this.#heldBytes === 0) return true;
    return this.#heldBytes + bytes <= this.limitBytes && this.#isWithinShare(bytes, group);
  }

  /** Takes back what is held for too long. Returns whether it found any. */
  #endLeases(nowMs: number): boolean {
    const endsAt = nowMs - LEASE_MS;
    let found = false;
    for (const holder of this.#holding) {
      if (holder.changedAt > endsAt) break;
      holder.hold(0);
      found = true;
    }
    return found;
  }

  #isWithinShare(bytes: number, group: string): boolean {
    const held = this.#groups.get(group) ?? 0;
    return held === 0 || held + bytes <= this.limitBytes * SHARE_OF_GROUP;
  }

  #isNext(name: string, asked: Place, nowMs: number): boolean {
    const first = this.#firstInLine(asked.askedAt);
    if ((first === null || first === name) && this.#hasRoomFor(asked.bytes, asked.group, nowMs)) {
      this.#line.delete(name);
      return true;
    }
    // Setting a key that is there keeps its place.
    this.#line.set(name, asked);
    return false;
  }

  /** Who waits for room, and for more than its own share; null = nobody. */
  #firstInLine(nowMs: number): string | null {
    let looked = 0;
    for (const [name, { bytes, group, askedAt }] of this.#line) {
      if (nowMs - askedAt > PLACE_MS) this.#line.delete(name);
      else if (this.#isWithinShare(bytes, group)) return name;
      else if (++looked >= LOOKED_AT) return null;
    }
    return null;
  }

  #noteChange(holder: MemoryHolder, byBytes: number, nowMs: number): void {
    this.#heldBytes += byBytes;
    const ofGroup = (this.#groups.get(holder.group) ?? 0) + byBytes;
    if (ofGroup > 0) this.#groups.set(holder.group, ofGroup);
    else this.#groups.delete(holder.group);
    this.#holding.delete(holder);
    if (holder.heldBytes === 0) return;
    holder.changedAt = nowMs;
    this.#holding.add(holder);
  }
}

interface BudgetPort {
  hasRoomFor(bytes: number): boolean;
  isNext(bytes: number, nowMs: number): boolean;
  noteChange(holder: MemoryHolder, byBytes: number): void;
  leaveLine(): void;
  shareBytes: number;
}

/** An object or a request, with what it holds of a budget. */
export class MemoryHolder {
  readonly name: string;
  readonly group: string;
  readonly #budget: BudgetPort;
  #heldBytes = 0;
  #isClosed = false;
  /** When what it holds changed last, Unix milliseconds. */
  changedAt = 0;

  constructor(name: string, group: string, budget: BudgetPort) {
    this.name = name;
    this.group = group;
    this.#budget = budget;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** What it may come to hold at the most, where all others of its group hold nothing. */
  get shareBytes(): number {
    return this.#budget.shareBytes;
  }

  /** Whether so many bytes more would fit. */
  hasRoomFor(bytes: number): boolean {
    return this.#budget.hasRoomFor(bytes);
  }

  /** Whether so many bytes more fit, for one who will ask again until they do: it waits in line, and nobody is served before it. */
  isNext(bytes: number, nowMs: number): boolean {
    return this.#budget.isNext(bytes, nowMs);
  }

  /** Says what it holds from now on. */
  hold(bytes: number): void {
    // Below 0 it would be where it gives back what was taken from it already.
    const held = Math.max(0, bytes);
    if (this.#isClosed || held === this.#heldBytes) return;
    const byBytes = held - this.#heldBytes;
    this.#heldBytes = held;
    this.#budget.noteChange(this, byBytes);
  }

  /** Gives everything back and leaves the line, for good. */
  close(): void {
    this.hold(0);
    this.#isClosed = true;
    this.#budget.leaveLine();
  }
}
