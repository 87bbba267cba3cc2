import type { Deadlines } from "../../deadlines.ts";
import { InvocationBudget } from "../../domain/invocation-budget.ts";
import type { MemoryHolder } from "../../domain/memory-budget.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { Pace } from "../../storage/rounds.ts";
import { noteStartWaits } from "../../storage/waiting-starts.ts";
import { KnownCalls, TAKING_MS } from "./known-calls.ts";
import type { Pump } from "./pump.ts";
import { ReadyPumps } from "./ready-pumps.ts";

/** RPCs started at once; one that a lagging pump waits for keeps its place among them for so long. */
const RPCS_AT_ONCE = 8;
const SLOW_RPC_MS = 100;

/** What a step that reads from storage takes for that at first, until some were made. */
const UNKNOWN_READ_MS = 5;

/** Each of them weighs so much in the mean of what they take; one that hangs says nothing of the thread. */
const WEIGHT_OF_READ = 0.2;
const LONGEST_READ_MS = 20;

/** Where so many pumps ask for their turn, the last one waits for tens of milliseconds. */
const MANY_READY = 30;

/** How long others are not closed for those that find no place, while there are some that have one. */
const CLOSES_NONE_MS = 1000;

/** How soon it is looked again for room that other logs have: they cannot say so. */
const LOOK_FOR_ROOM_AGAIN_MS = 50;

/** How long what an earlier life left waits for the event that opens the object, to go with it. */
const HELD_BACK_MS = 20;

/** A step of a pump that lags reads up to four archive blocks before its RPC. */
const READS_OF_LAGGING = 4;

/**
 * Rests that end this soon get a timer, for the alarm may come late; longer ones are the alarm's alone. A timer for
 * each would keep the object awake, and billed, as long as a single endpoint lags.
 */
const TIMED_REST_MS = 1000;

export interface TurnsPort extends Clock, Timers {
  deadlines: Deadlines;
  /** When this endpoint's object may be called: now, or the time at which to ask again, Unix milliseconds. */
  placeAt(endpointNumber: number, nowMs: number): number;
  /** Has others make room for those that found no place; once for all of them. */
  makeRoom(): void;
  /** Whether there is room for a step of this pump; if not, it is looked at again when another's step has ended. */
  mayStart(pump: Pump): boolean;
  /** When the workspace's work for many objects may take the thread, which all workspaces share. */
  pace: Pick<Pace, "mayBegin" | "lookAgainMs">;
  /** What all logs have on its way to endpoints. */
  underWay: MemoryHolder;
  /** Has `wake` called at a time, Unix milliseconds, even if the object sleeps until then. */
  wakeBy(atMs: number): void;
  /** One step of a pump, which says when it has read what it sends; never rejects. */
  step(pump: Pump, hasRead: () => void): Promise<void>;
}

/**
 * Which pump takes its next step, and when: in the order of `ReadyPumps`, few at once, and of those that take long one in a
 * round of the thread, so that accepting never waits for hand-over; not before a pump's own time, nor beyond the live endpoints.
 */
export class Turns {
  readonly #port: TurnsPort;
  readonly #ready = new ReadyPumps();
  /** Pumps that wait for their time: after a failure, or for a place among the live endpoints. */
  readonly #resting = new Set<Pump>();
  #endTick = (): void => {};
  /** When the timer rings, Unix milliseconds; infinite if there is none. */
  #timerAt = Number.POSITIVE_INFINITY;
  #running = 0;
  #scheduled = false;
  #looksAgain = false;
  /** Since when some find no place, Unix milliseconds; null = none does. */
  #lacksSince: number | null = null;
  /** What a step takes to read from storage what it sends, about, milliseconds: not what it waits for its answer. */
  #readMs = UNKNOWN_READ_MS;
  readonly #known = new KnownCalls();
  /** Ends the time in which steps are held back; null = none is. */
  #heldBack: (() => void) | null = null;
  /** How many calls there may be; what a step calls beside its endpoint counts, too. */
  readonly budget: InvocationBudget;

  constructor(port: TurnsPort) {
    this.#port = port;
    this.budget = new InvocationBudget(port.nowMs());
  }

  get restingPumps(): number {
    return this.#resting.size;
  }

  /** Asks for a turn; a pump in flight asks when it is back, one that rests has asked. `endpoints`: as many have the same event. */
  ask(pump: Pump, endpoints = 1): void {
    if (!pump.isInFlight && !this.#resting.has(pump)) this.#ready.add(pump, endpoints);
    this.#schedule();
  }

  /**
   * Has those start that ask for a turn within `asking`: several in rounds of the thread, one alone at once, since a timer costs a
   * lone event a millisecond.
   */
  startTogether(asking: () => void): void {
    const isBusy = this.#scheduled || this.#heldBack !== null || this.#running + this.#ready.size > 0;
    if (!isBusy) this.#scheduled = true;
    asking();
    if (isBusy) return;
    this.#scheduled = false;
    if (this.#ready.size === 1) this.#startSome();
    this.#schedule();
  }

  /** One that rests does so no longer. */
  endRest(pump: Pump): void {
    if (!this.#resting.delete(pump)) return;
    pump.rest(this.#port.nowMs());
    this.renew();
    this.ask(pump);
  }

  /** Takes back what a pump asked for. */
  forget(pump: Pump): void {
    this.#ready.delete(pump);
    this.#resting.delete(pump);
  }

  /** Nothing starts for a moment, or until `release`. */
  holdBack(): void {
    // The one timer of a life that is cleared: it would keep the object awake.
    this.#heldBack = this.#port.after(HELD_BACK_MS, () => this.letGoOn());
  }

  letGoOn(): void {
    if (this.#heldBack === null) return;
    this.#heldBack();
    this.#heldBack = null;
    this.#schedule();
  }

  /** When the first resting pump may go on, Unix milliseconds; infinite if none rests. */
  earliestRestEnd(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const pump of this.#resting) earliest = Math.min(earliest, pump.notBeforeMs);
    return earliest;
  }

  /** A new invocation has its own budget. */
  renew(): void {
    this.budget.renew(this.#port.nowMs());
  }

  /** Starts what is due, in a new invocation. */
  wake(): void {
    this.renew();
    this.#wakeResting();
  }

  #wakeResting(): void {
    const nowMs = this.#port.nowMs();
    for (const pump of this.#resting) {
      if (pump.notBeforeMs > nowMs) continue;
      this.#resting.delete(pump);
      this.#ready.add(pump);
    }
    this.#tick(this.earliestRestEnd());
    this.#schedule();
  }

  #schedule(inMs = 0): void {
    if (this.#scheduled || this.#heldBack !== null || this.#ready.size === 0) return;
    this.#scheduled = true;
    this.#port.after(inMs, () => {
      this.#scheduled = false;
      this.#startSome();
    });
  }

  #startSome(): void {
    const nowMs = this.#port.nowMs();
    const { lacksPlaces, hasMore } = this.#startReady(nowMs);
    if (!lacksPlaces) {
      this.#lacksSince = null;
      return;
    }
    this.#lacksSince ??= nowMs;
    // Objects that are open and about to be called would be closed for them, and opened again.
    if (!hasMore || this.#lacksSince + CLOSES_NONE_MS <= nowMs) this.#port.makeRoom();
  }

  /** Starts of those that are ready as many as may start; returns whether one found no place, and whether more are left. */
  #startReady(nowMs: number): { lacksPlaces: boolean; hasMore: boolean } {
    let lacksPlaces = false;
    let hasMore = false;
    for (const pump of this.#ready) {
      if (this.#running >= RPCS_AT_ONCE) {
        hasMore = true;
        break;
      }
      if (this.budget.isSpent(nowMs)) {
        this.#port.wakeBy(nowMs);
        break;
      }
      const placeAt = this.#port.placeAt(pump.number, nowMs);
      if (placeAt > nowMs) lacksPlaces = true;
      const startAt = Math.max(pump.notBeforeMs, placeAt);
      if (startAt > nowMs) {
        this.#ready.delete(pump);
        this.#rest(pump, startAt);
      } else if (!this.#port.mayStart(pump)) {
        this.#lookAgain();
      } else if (!this.#port.underWay.isNext(pump.batchBytes, nowMs)) {
        this.#lookAgain();
        break;
      } else if (!this.#port.pace.mayBegin(this.#chargeMs(pump, nowMs))) {
        this.#schedule(this.#port.pace.lookAgainMs());
        // Those that are open must be free to close where others find no place.
        if (!lacksPlaces) noteStartWaits(this.#takesLong(pump, nowMs), nowMs);
        hasMore = true;
        break;
      } else {
        this.#ready.take(pump);
        this.#start(pump);
      }
    }
    return { lacksPlaces, hasMore };
  }

  /** Whether what waits behind a pump takes long, with it. */
  #takesLong(pump: Pump, nowMs: number): boolean {
    return this.#ready.size >= MANY_READY || this.#known.mustOpen(pump.number, nowMs);
  }

  /** What a step takes of the thread, as far as that is known before, milliseconds. */
  #chargeMs(pump: Pump, nowMs: number): number {
    if (!pump.isLive) return this.#readMs + TAKING_MS;
    return this.#known.chargeMs(pump.number, nowMs);
  }

  /** For room that another log gives back; a step of this one that ends looks at once. */
  #lookAgain(): void {
    if (this.#looksAgain) return;
    this.#looksAgain = true;
    this.#port.after(LOOK_FOR_ROOM_AGAIN_MS, () => {
      this.#looksAgain = false;
      this.#schedule();
    });
  }

  #rest(pump: Pump, untilMs: number): void {
    pump.rest(untilMs);
    this.#resting.add(pump);
    this.#tick(untilMs);
  }

  /** Sees to it that a rest's end is not missed. */
  #tick(endsAt: number): void {
    const restMs = Math.max(0, endsAt - this.#port.nowMs());
    if (endsAt === Number.POSITIVE_INFINITY || endsAt >= this.#timerAt) return;
    if (restMs > TIMED_REST_MS) {
      this.#port.wakeBy(endsAt);
      return;
    }
    this.#endTick();
    this.#timerAt = endsAt;
    this.#endTick = this.#port.deadlines.in(restMs, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#wakeResting();
    });
  }

  #start(pump: Pump): void {
    pump.start();
    this.budget.spend(this.#known.callsOf(pump.number) + (pump.isLive ? 0 : READS_OF_LAGGING));
    this.#running++;
    let holdsPlace = true;
    const leave = () => {
      if (!holdsPlace) return;
      holdsPlace = false;
      this.#running--;
      this.#schedule();
    };
    const endDeadline = this.#port.deadlines.in(SLOW_RPC_MS, leave);
    const reads = !pump.isLive;
    const startedAt = this.#port.nowMs();
    this.#known.note(pump.number, startedAt);
    const hasRead = () => {
      const tookMs = Math.min(LONGEST_READ_MS, Math.max(0, this.#port.nowMs() - startedAt));
      if (reads) this.#readMs += WEIGHT_OF_READ * (tookMs - this.#readMs);
    };
    this.#port.step(pump, hasRead).finally(() => {
      endDeadline();
      leave();
    });
  }
}
