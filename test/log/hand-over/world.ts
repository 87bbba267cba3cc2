import { afterEach, beforeEach, vi } from "vitest";
import { Deadlines } from "../../../src/deadlines.ts";
import type { LoggedEvent } from "../../../src/domain/event.ts";
import { MemoryBudget } from "../../../src/domain/memory-budget.ts";
import type { TakingAnswer } from "../../../src/domain/messages.ts";
import { HandOver } from "../../../src/log/hand-over/hand-over.ts";
import type { Batch } from "../../../src/log/hand-over/on-its-way.ts";
import { platform } from "../../../src/platform.ts";
import { OpenObjects } from "../../../src/storage/open-objects.ts";
import { Rounds } from "../../../src/storage/rounds.ts";
import { loggedEvent } from "../events.ts";

/** Time passes by `World.pass` alone in the tests of this scope, and what is logged of faults is not shown. */
export function passTimeByHand(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(console, "warn").mockImplementation(() => {});
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** So many events for these endpoints. */
export function times(count: number, ...endpoints: number[]): number[][] {
  return Array.from({ length: count }, () => endpoints);
}

/** What an endpoint does with a batch; absent = it takes it. */
type Behaviour = (events: LoggedEvent[]) => Promise<TakingAnswer>;

/** A batch came whose forerunner did not. */
class Gap extends Error {}

/** An endpoint as hand-over sees it: takes what is after its position, if it has what came before. */
export class Receiver {
  readonly taken: number[] = [];
  /** The position before a batch, by that of its first event. */
  readonly #before = new Map<number, number>();
  readonly batches: { at: number; first: number; events: number; bytes: number; isAll: boolean }[] = [];
  behaviour: Behaviour | null = null;
  open = 0;
  mostOpen = 0;

  /** Takes its next batch only once the function that this returns is called, further ones as usual. */
  holdsFirstBatch(): () => void {
    const released = Promise.withResolvers<void>();
    this.behaviour = async (events) => {
      await released.promise;
      this.behaviour = null;
      this.take(events);
      return { outcome: "taken" };
    };
    return released.resolve;
  }

  /** A batch is on its way. */
  comes({ events, after }: Batch): void {
    const first = events[0]?.position ?? 0;
    if (after === null) this.#before.delete(first);
    else this.#before.set(first, after);
  }

  take(events: readonly LoggedEvent[]): void {
    const before = this.#before.get(events[0]?.position ?? 0) ?? 0;
    if (before > (this.taken.at(-1) ?? 0)) throw new Gap();
    for (const { position } of events) if (position > (this.taken.at(-1) ?? 0)) this.taken.push(position);
  }
}

/**
 * A log's storage, its endpoints and hand-over between them, under fake timers: time passes only by `pass`. A chunk
 * per group, as the log keeps it: with the position that was handed over when it was committed.
 */
export class World {
  readonly events: LoggedEvent[] = [];
  readonly #expected = new Map<number, LoggedEvent[]>();
  readonly lagging = new Map<number, number>();
  readonly receivers = new Map<number, Receiver>();
  handOver: HandOver;
  /** Whether no row can be written. */
  isDiskFull = false;
  reads = 0;
  alarms = 0;
  /** How often others were asked to make room. */
  madeRoom = 0;
  open = 0;
  mostOpen = 0;
  /** Places for endpoints' objects, which are idle whenever nothing is handed over; null = no limit. */
  readonly places: OpenObjects | null;
  /** What this log shares with others. */
  readonly queued = new MemoryBudget(24 * 1024 * 1024);
  readonly underWay = new MemoryBudget(8 * 1024 * 1024);
  #chunks: { events: LoggedEvent[]; handedOver: number }[] = [];
  #keptHandedOver = 0;
  #life = 0;

  constructor(places: number | null = null) {
    this.places = places === null ? null : new OpenObjects(places);
    this.handOver = this.#build();
  }

  get lastPosition(): number {
    return this.events.at(-1)?.position ?? 0;
  }

  receiver(number: number): Receiver {
    const known = this.receivers.get(number) ?? new Receiver();
    this.receivers.set(number, known);
    return known;
  }

  /** Commits one group: an event for each given list of endpoint numbers. */
  commit(...endpoints: number[][]): LoggedEvent[] {
    const group = endpoints.map((numbers, i) => loggedEvent(this.events.length + i, { endpoints: numbers }));
    return this.commitEvents(group);
  }

  commitEvents(group: LoggedEvent[]): LoggedEvent[] {
    this.#chunks.push({ events: group, handedOver: this.handOver.handedOver });
    this.events.push(...group);
    for (const event of group) for (const number of event.endpoints) this.#eventsFor(number).push(event);
    this.handOver.noteCommitted(group);
    return group;
  }

  /** Archives all chunks but the newest few. */
  archive(keep = 0): void {
    const pruned = this.#chunks.slice(0, Math.max(0, this.#chunks.length - keep));
    const last = pruned.at(-1)?.events.at(-1)?.position;
    if (last === undefined) return;
    this.handOver.releaseUpTo(last);
    this.#chunks = this.#chunks.slice(pruned.length);
    this.#keptHandedOver = this.handOver.handedOver;
  }

  /** The process dies and comes back: what was stored is all that is left. RPCs under way still arrive. */
  restart(): void {
    this.#life++;
    this.open = 0;
    this.handOver = this.#build();
  }

  async pass(milliseconds: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  /** Positions of all committed events for an endpoint. */
  expectedFor(number: number): number[] {
    return this.#eventsFor(number).map(({ position }) => position);
  }

  /** The alarm, which outlives a restart. */
  #wakeBy(time: number): void {
    this.alarms++;
    setTimeout(() => this.handOver.wake(), time - Date.now());
  }

  #eventsFor(number: number): LoggedEvent[] {
    const known = this.#expected.get(number) ?? [];
    this.#expected.set(number, known);
    return known;
  }

  #build(): HandOver {
    const life = this.#life;
    const handedOver = Math.max(this.#chunks.at(-1)?.handedOver ?? 0, this.#keptHandedOver);
    return new HandOver(
      {
        ...platform,
        deadlines: new Deadlines(platform),
        lastPosition: () => this.lastPosition,
        placeAt: (number, now) =>
          this.places === null || this.places.take(`${number}`, now) ? now : now + 250,
        makeRoom: () => this.#makeRoom(Date.now()),
        memory: {
          queued: this.queued.holder("log", "ws", () => 0),
          underWay: this.underWay.holder("log", "ws", () => 0),
        },
        pace: new Rounds().of("ws", platform),
        wakeBy: (time) => this.#wakeBy(time),
        send: (number, batch) => this.#send(number, batch),
        // A dead process writes nothing any more.
        storeLag: (number, position) => {
          if (this.isDiskFull) throw new Error("database or disk is full: SQLITE_FULL");
          if (life === this.#life) this.lagging.set(number, position);
        },
        clearLag: (number) => {
          if (life === this.#life) this.lagging.delete(number);
        },
        keepHandedOver: (position) => {
          if (this.isDiskFull) throw new Error("database or disk is full: SQLITE_FULL");
          if (life === this.#life) this.#keptHandedOver = position;
        },
        onUnstored: () => this.restart(),
        read: async (number, after, limits) => {
          this.reads++;
          const all = this.#eventsFor(number);
          const start = all.findIndex(({ position }) => position > after);
          const events = start < 0 ? [] : all.slice(start, start + limits.events);
          const isEnd = events.length < limits.events;
          return { events, upTo: isEnd ? this.lastPosition : (events.at(-1)?.position ?? after) };
        },
      },
      {
        handedOver,
        lagging: [...this.lagging],
        groups: this.#chunks
          .map(({ events }) => events.filter(({ position }) => position > handedOver))
          .filter((events) => events.length > 0),
      },
    );
  }

  /** An object that is to be closed is closed at once. */
  #makeRoom(now: number): void {
    this.madeRoom++;
    for (const name of this.places?.chooseToClose(now) ?? []) this.places?.noteClosed(name, true, now);
  }

  async #send(number: number, batch: Batch): Promise<TakingAnswer> {
    const receiver = this.receiver(number);
    const { events } = batch;
    receiver.comes(batch);
    const bytes = events.reduce((total, event) => total + event.data.length, 0);
    receiver.batches.push({
      at: Date.now(),
      first: events[0]?.position ?? 0,
      events: events.length,
      bytes,
      isAll: batch.isAll,
    });
    receiver.mostOpen = Math.max(receiver.mostOpen, ++receiver.open);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    try {
      if (receiver.behaviour) return await receiver.behaviour(events);
      receiver.take(events);
      return { outcome: "taken" };
    } catch (error) {
      if (error instanceof Gap) return { outcome: "gap" };
      throw error;
    } finally {
      receiver.open--;
      this.open--;
    }
  }
}
