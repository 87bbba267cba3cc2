import { DAY_MS } from "../../domain/durations.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import type { KeyPlace } from "../../domain/order.ts";
import type { ClaimedDelivery, Held } from "../record/claim.ts";
import type { KeyTable } from "../tables/order-keys.ts";
import { waitsUntil } from "../tables/waiting-time.ts";
import { HeadsAhead } from "./heads-ahead.ts";
import { ReadyKeys } from "./ready-keys.ts";

/** A key that something of is in memory. */
interface KeyState {
  key: string;
  /** The last number that was given, be it in memory alone. */
  last: number;
  /** The lowest sequence that is stored and pending, and when it is due; see `StoredKey`. */
  head: number | null;
  dueAt: number | null;
  /** How many of the key's deliveries are in the window. */
  held: number;
  /** The key's deliveries in the window that wait, by rising sequence. */
  waiting: Held[];
  /** Attempts in flight, or ended and not on record. */
  busy: number;
  /** How many of its attempts ended and are not on record, and the highest sequence of those. */
  unrecorded: number;
  landed: number;
  /** Whether a stored one waits behind that; null = not looked yet. */
  hasNext: boolean | null;
}

/**
 * The order by key: the deliveries of one key one after the other, each after the record of the one before; different keys side
 * by side. Of the keys that wait, on disk and in memory, only the first delivery is ever looked at.
 */
export class Keys {
  readonly #table: KeyTable;
  readonly #states = new Map<string, KeyState>();
  /** Keys whose first delivery is in memory alone and may start. */
  readonly #ready = new ReadyKeys();
  /** Keys of which nothing may start: an attempt is under way, or they are withheld. */
  readonly #resting = new Set<string>();
  /** Keys of which something landed. */
  readonly #landed = new Set<KeyState>();
  /** Keys of which nothing starts: they are being canceled. */
  readonly #withheld = new Map<string, number>();
  readonly #fresh = new HeadsAhead();
  readonly #due = new HeadsAhead();

  constructor(table: KeyTable) {
    this.#table = table;
  }

  /** Whether anything that is stored ever had a key. */
  get haveTables(): boolean {
    return this.#table.exists;
  }

  /** The next place of a key. */
  give(key: string): KeyPlace {
    const state = this.#state(key);
    return { key, sequence: ++state.last };
  }

  /** A delivery was taken into memory alone. */
  noteHeld(held: Held): void {
    if (held.keyPlace === null) return;
    const state = this.#state(held.keyPlace.key);
    state.held++;
    state.waiting.push(held);
    this.#look(state);
  }

  /** The first of those in memory alone that may start; null = none may. */
  nextHeld(): Held | null {
    return this.#ready.first;
  }

  /** The first of those that are stored that was never attempted and may start; null = none may. */
  nextFresh(): number | null {
    return this.#fresh.next((most) => this.#table.freshHeads(most), this.#resting)?.head ?? null;
  }

  /** The one that is due first of those that were attempted, or are out; null = there is none. */
  nextDue(): { sequence: number; dueAt: number } | null {
    const next = this.#due.next((most) => this.#table.dueHeads(most), this.#resting);
    return next === null || next.due_at === null ? null : { sequence: next.head, dueAt: next.due_at };
  }

  /** An attempt begins. */
  noteStarted({ keyPlace, sequence }: ClaimedDelivery): void {
    if (keyPlace === null) return;
    const state = this.#state(keyPlace.key);
    state.busy++;
    this.#resting.add(state.key);
    if (state.waiting[0]?.sequence === sequence) state.waiting.shift();
    this.#look(state);
  }

  /** An attempt ended, and waits for its record. */
  noteLanded({ keyPlace, sequence }: ClaimedDelivery): void {
    if (keyPlace === null) return;
    const state = this.#state(keyPlace.key);
    state.unrecorded++;
    state.landed = Math.max(state.landed, sequence);
    state.hasNext = state.head === null ? false : null;
    this.#landed.add(state);
  }

  /** The first sequence whose attempt must be on record for something to start that waits for it; null = nothing does. */
  get awaitedRecord(): number | null {
    let first: number | null = null;
    for (const state of this.#landed) {
      const { busy, unrecorded, landed, waiting } = state;
      if (busy === unrecorded && (waiting.length > 0 || this.#hasNext(state)))
        first = Math.min(first ?? landed, landed);
    }
    return first;
  }

  #hasNext(state: KeyState): boolean {
    state.hasNext ??= this.#table.firstPending(state.key, state.landed + 1) !== null;
    return state.hasNext;
  }

  /** An attempt that ended is on record. Part of the transaction that records it. */
  noteRecorded(claimed: ClaimedDelivery): void {
    if (claimed.keyPlace === null) return;
    const state = this.#state(claimed.keyPlace.key);
    state.unrecorded--;
    if (state.head !== null) this.#readHead(state);
    this.noteTakenBack(claimed);
  }

  /** An attempt is under way no more. */
  noteTakenBack({ keyPlace }: ClaimedDelivery): void {
    if (keyPlace === null) return;
    const state = this.#state(keyPlace.key);
    state.busy--;
    if (state.unrecorded === 0) {
      state.landed = 0;
      state.hasNext = false;
      this.#landed.delete(state);
    }
    if (state.busy === 0) {
      if (!this.#withheld.has(state.key)) this.#resting.delete(state.key);
    }
    this.#look(state);
  }

  /** Deliveries of the window are stored now, by rising sequence. Part of the caller's transaction. */
  noteSettled(held: readonly Held[], nowMs: number): void {
    const changed = new Set<KeyState>();
    const withRows = new Set<KeyState>();
    for (const { keyPlace, isClaimed, ended } of held) {
      if (keyPlace === null) continue;
      const state = this.#state(keyPlace.key);
      state.held--;
      // They leave by rising sequence, as they wait.
      if (!isClaimed) {
        state.waiting.shift();
        if (state.unrecorded > 0) state.hasNext = true;
      }
      changed.add(state);
      if (ended === null || ended.decision.status === "pending") withRows.add(state);
    }
    const lasts = new Map<string, number>();
    for (const { keyPlace } of held) if (keyPlace !== null) lasts.set(keyPlace.key, keyPlace.sequence);
    this.#table.storeLasts([...lasts], dayOf(nowMs));
    for (const state of changed) {
      // What is stored of it was there before, or is there now.
      if (withRows.has(state) && state.head === null) this.#readHead(state);
      this.#look(state);
    }
  }

  /** A delivery was stored that is pending, or has another place now. Part of the caller's transaction. */
  noteStored({ key, sequence }: KeyPlace, nowMs: number): void {
    const state = this.#state(key);
    this.#table.storeLasts([[key, sequence]], dayOf(nowMs));
    // What is in memory of a key may have been let go since the number was given.
    state.last = Math.max(state.last, sequence);
    if (state.unrecorded > 0) state.hasNext = true;
    if (state.head === null) this.#readHead(state);
    this.#look(state);
  }

  /** A stored delivery is pending no more, is due at another time, or has another key. Part of the caller's transaction. */
  noteChanged(key: string): void {
    const state = this.#state(key);
    this.#readHead(state);
    this.#look(state);
  }

  /** One that is being attempted has another place now. */
  noteMoved(claimed: ClaimedDelivery, place: KeyPlace): void {
    this.noteTakenBack(claimed);
    claimed.keyPlace = place;
    this.noteStarted(claimed);
  }

  /** The delivery of a key that comes first, attempted or not; null = none is stored that is pending. */
  headOf(key: string): number | null {
    return this.#states.get(key)?.head ?? this.#table.find(key)?.head ?? null;
  }

  /** Nothing of a key starts until it is released as often. */
  withhold(key: string): void {
    this.#withheld.set(key, (this.#withheld.get(key) ?? 0) + 1);
    this.#resting.add(key);
  }

  /** Whether nothing of a key starts until it is released. */
  isWithheld(key: string): boolean {
    return this.#withheld.has(key);
  }

  release(key: string): void {
    const left = (this.#withheld.get(key) ?? 1) - 1;
    if (left > 0) {
      this.#withheld.set(key, left);
      return;
    }
    this.#withheld.delete(key);
    if ((this.#states.get(key)?.busy ?? 0) === 0) this.#resting.delete(key);
  }

  /** Before which time the key that was seen last so long ago as no other was, Unix milliseconds; null = there is no key. */
  firstSeenBefore(): number | null {
    const day = this.#table.firstDay();
    return day === null ? null : (day + 1) * DAY_MS;
  }

  /** Forgets some keys that no event had for 30 days; returns how many. What is in memory alone was stored before. */
  forget(nowMs: number, most: number): number {
    return this.#table.forget(dayOf(nowMs - RETENTION_MS), most);
  }

  /** Forgets some of those of which nothing is pending, the ones first that had no event for longest; returns how many. */
  forgetResting(most: number): number {
    return this.#table.forget(Number.MAX_SAFE_INTEGER, most);
  }

  #state(key: string): KeyState {
    const known = this.#states.get(key);
    if (known) return known;
    const stored = this.#table.find(key);
    const state: KeyState = {
      ...{ key, last: stored?.last ?? 0, head: stored?.head ?? null, dueAt: stored?.dueAt ?? null },
      ...{ held: 0, waiting: [], busy: 0, unrecorded: 0, landed: 0, hasNext: false },
    };
    this.#states.set(key, state);
    return state;
  }

  /** Which is the first of those that are stored may have changed. */
  #readHead(state: KeyState): void {
    const first = this.#table.firstPending(state.key);
    const head = first?.sequence ?? null;
    const dueAt = first && waitsUntil(first);
    if (head === state.head && dueAt === state.dueAt) return;
    this.#table.setHead(state.key, head, dueAt);
    state.head = head;
    state.dueAt = dueAt;
    this.#noteHeadChanged();
  }

  #noteHeadChanged(): void {
    this.#fresh.noteChanged();
    this.#due.noteChanged();
  }

  /** Whether the first of a key in memory may start may have changed; what nothing is known of is let go. */
  #look(state: KeyState): void {
    const isFree = state.head === null && state.busy === 0;
    this.#ready.set(state, isFree ? (state.waiting[0] ?? null) : null);
    if (state.held === 0 && state.busy === 0) this.#states.delete(state.key);
  }
}

/** Days since 1970: what is noted of a key is written once a day. */
function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}
