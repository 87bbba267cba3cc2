import type { Deadlines } from "../../deadlines.ts";
import { InvocationBudget } from "../../domain/invocation-budget.ts";
import type { Order } from "../../domain/order.ts";
import type { AttemptOutcome } from "../../domain/retry.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Standstill } from "../../domain/waiting.ts";
import type { Turn } from "../../storage/own-turns.ts";
import type { Pace } from "../../storage/rounds.ts";
import type { ClaimedDelivery } from "../record/claim.ts";
import type { EndpointEffects } from "../record/effects.ts";
import type { Lane, Lanes } from "../senders/lanes.ts";
import { DrainGate, type DrainGatePort } from "./drain-gate.ts";
import type { InFlightMemory } from "./memory.ts";
import { type EndedClaim, Settling, type SettlingPort } from "./settling.ts";
import { SHORT_WAIT_MS } from "./short-wait.ts";

/**
 * The request itself and, where it gets no answer, the one that is sent again or the connection that tells why; a renewed
 * token takes two more. Cloudflare allows twice as many as are counted here.
 */
const SUBREQUESTS_PER_ATTEMPT = 2;

/** What it takes of the thread to build, sign and send a request, milliseconds. */
const STARTING_MS = 0.2;

/** How soon it is looked again for room in memory that other endpoints have, since they cannot say so; and on disk. */
const LOOK_FOR_ROOM_AGAIN_MS = 20;
const LOOK_AT_DISK_AGAIN_MS = 1000;

export interface DrainPort extends DrainGatePort, Pick<SettlingPort, "putOffMs" | "sums"> {
  /** Written in `commit`, by the effects of each group. */
  standing: SettlingPort["standing"];
  surroundings: Surroundings;
  deadlines: Deadlines;
  /** When the workspace's work for many objects may take the thread, which all workspaces share. */
  pace(): Pick<Pace, "run">;
  /** When an attempt may start, on that thread. */
  turn: Turn;
  /** Attempts that may be in flight, whatever the endpoint asks for. */
  lanes: Pick<Lanes, "capacity" | "isFree" | "take" | "widen">;
  /** What deliveries in flight hold of what all endpoints share. */
  memory(): InFlightMemory;
  /** Whether what becomes of an attempt can be stored. */
  canRecord(): boolean;
  /** Records deliveries as failed whose receivers fetched them and did not acknowledge them in time. */
  expireLeases(): void;
  /** One attempt, by a lane that is held for it; null = none was made that counts, since nobody was there. */
  attempt(claimed: ClaimedDelivery, lane: Lane): Promise<AttemptOutcome | null>;
  /** What goes on record of an attempt that threw: a fault of our own, since a receiver's is an outcome. */
  brokenAttempt(claimed: ClaimedDelivery, startedAt: number, error: unknown): AttemptOutcome;
  /** Runs the recording of a group, with the epoch of the counts, as one transaction with the endpoint's own changes. */
  commit(record: (epoch: number) => void, effects: EndpointEffects): void;
  /** Something is stored that was not: who waits for that hears it. */
  tellSettled(): void;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(atMs: number): void;
  /** Nothing can start and nothing is in flight. */
  noteRest(): void;
}

/** Starts attempts as far as the gate allows, and has them stored in groups as they end. */
export class Drain {
  readonly #port: DrainPort;
  readonly #settling: Settling;
  #endWait = (): void => {};
  readonly #budget: InvocationBudget;
  #isResting = true;
  /** Whether it looked for a lane and found none. */
  #lacksLane = false;
  readonly #gate: DrainGate;
  #waitsForRoom = false;
  /** Whether the thread has no time now for one that starts; and whether it was given to one that has not started yet. */
  #turn: "none" | "awaited" | "given" = "none";

  constructor(port: DrainPort) {
    this.#port = port;
    this.#settling = new Settling({
      ...port,
      tellSettled: () => {
        port.tellSettled();
        this.run();
      },
    });
    this.#budget = new InvocationBudget(port.surroundings.nowMs());
    // The last start before a restart is not known: the rate counts from now, unless there was none.
    const lastStartAt = port.queue.lastSequence === 0 ? 0 : port.surroundings.nowMs();
    this.#gate = new DrainGate(port, this.#settling, lastStartAt);
  }

  /** A new invocation has its own budget. */
  renew(): void {
    this.#budget.renew(this.#port.surroundings.nowMs());
  }

  /** Something else than an attempt has given its slot back. */
  noteFreeSlot(): void {
    if (this.#lacksLane) this.run();
  }

  /** Starts every attempt that may start now. */
  run(): void {
    const { queue } = this.#port;
    // What woke it from rest is a new invocation.
    if (this.#isResting) this.renew();
    for (;;) {
      // A lease that ends makes its delivery due: its attempt is recorded before the next one of it may start.
      this.#port.expireLeases();
      const nowMs = this.#port.surroundings.nowMs();
      this.#lacksLane = false;
      if (this.#budget.isSpent(nowMs)) {
        // No lane helps it: each note that D1 is told would, as it gives its connection back, have it rest and tell D1 again.
        this.#port.wakeBy(nowMs);
        // The alarm may be lost: without anything in flight nobody else looks again.
        if (queue.inFlight === 0) this.#port.noteRest();
        return;
      }
      const { order } = this.#port.policy();
      this.#waitsForRoom = false;
      this.#lacksLane = !this.#port.lanes.isFree;
      const state = this.#gate.at(nowMs);
      if (!state.isOpen) {
        if (state.until !== null && queue.nextDueAt(order, nowMs) !== null) this.#runAt(state.until);
        else if (state.until === null) this.#widen(order, nowMs);
        break;
      }
      const next = queue.next(order, nowMs);
      const bytes = next && next.dueAt <= nowMs ? next.bytes : null;
      const canRecord = bytes === null || this.#port.canRecord();
      this.#waitsForRoom = bytes !== null && (!canRecord || !this.#port.memory().isNext(bytes, nowMs));
      if (this.#waitsForRoom) {
        this.#runAt(nowMs + (canRecord ? LOOK_FOR_ROOM_AGAIN_MS : LOOK_AT_DISK_AGAIN_MS));
        break;
      }
      if (bytes !== null && !this.#hasTurn()) break;
      const claimed = queue.claims.claim(nowMs, order);
      if (!claimed) {
        if (this.#storeWhatIsAwaited()) continue;
        const dueAt = queue.nextDueAt(order, nowMs);
        if (dueAt !== null) this.#runAt(dueAt);
        break;
      }
      const { resumes } = this.#port.standing;
      this.#budget.spend(SUBREQUESTS_PER_ATTEMPT);
      this.#gate.noteStarted(nowMs);
      const lane = this.#port.lanes.take();
      this.#port.memory().noteStarted(claimed.bytes);
      this.#port
        .attempt(claimed, lane)
        .catch((error) => this.#port.brokenAttempt(claimed, nowMs, error))
        .then((outcome) => {
          lane.release();
          if (outcome === null) this.#putBack(claimed);
          else
            this.#noteEnded({ claimed, outcome, beganBeforeResume: resumes < this.#port.standing.resumes });
        });
    }
    this.#isResting = queue.inFlight === 0;
    if (this.#isResting && !this.#waitsForRoom && this.#turn !== "awaited") this.#port.noteRest();
  }

  /** Whether one more may start now; if not, it is looked again as soon as one may. */
  #hasTurn(): boolean {
    if (this.#turn === "awaited") return false;
    const turn = this.#turn === "given" ? null : this.#port.turn(STARTING_MS);
    this.#turn = turn === null ? "none" : "awaited";
    turn?.then(() => {
      this.#turn = "given";
      this.run();
    });
    return turn === null;
  }

  /** By key the next of a key waits for the record of the one before: where nothing else can start, those are stored now. */
  #storeWhatIsAwaited(): boolean {
    const { held, keys } = this.#port.queue;
    const awaited = keys.awaitedRecord;
    if (awaited === null) return false;
    this.#settling.settle(held.worthStoringFrom(awaited));
    this.#port.tellSettled();
    return true;
  }

  /**
   * Claims the next delivery for a receiver that fetches it: by the same gate, beside so many that are out, and without a
   * slot, since nothing is called; null = none may start.
   */
  claim(out: number, mostOut: number): ClaimedDelivery | null {
    const nowMs = this.#port.surroundings.nowMs();
    const { order } = this.#port.policy();
    const inFlight = order === "endpoint" ? 0 : out + this.#port.queue.inFlight;
    const { isOpen } = this.#gate.forPull({ inFlight, maxInFlight: mostOut }, nowMs);
    if (!isOpen || !this.#port.canRecord()) return null;
    const claimed = this.#port.queue.claims.claim(nowMs, order);
    if (claimed !== null) this.#gate.noteStarted(nowMs);
    return claimed;
  }

  /** When the next delivery may be fetched, Unix milliseconds; null = when something else has happened. */
  nextClaimAt(): number | null {
    const nowMs = this.#port.surroundings.nowMs();
    const dueAt = this.#port.queue.nextDueAt(this.#port.policy().order, nowMs);
    const state = this.#gate.forPull({ inFlight: 0, maxInFlight: 1 }, nowMs);
    if (dueAt === null || (!state.isOpen && state.until === null)) return null;
    return Math.max(dueAt, state.isOpen ? nowMs : (state.until ?? nowMs));
  }

  /** Records attempts that were not made here; part of the caller's transaction. */
  record(group: readonly EndedClaim[]): void {
    for (const ended of group) this.#settling.add(ended);
    this.#settling.settleAll();
  }

  /** Deliveries were taken that are in memory alone. */
  hold(): void {
    this.#settling.hold();
  }

  /** Stores what has ended, and whatever is in memory alone; part of the caller's transaction, if there is one. */
  settleAll(): void {
    this.#settling.settleAll();
  }

  /** Where a lane is all that is missing for what is due, more of them are opened. */
  #widen(order: Order, nowMs: number): void {
    if (!this.#lacksLane) return;
    const { queue, lanes } = this.#port;
    if (!this.#gate.withLane(nowMs).isOpen) return;
    const dueAt = queue.nextDueAt(order, nowMs);
    if (dueAt !== null && dueAt <= nowMs) lanes.widen(() => this.noteFreeSlot());
  }

  /** What keeps the deliveries of the endpoint at this moment, whichever of them. */
  standstill(): Omit<Standstill, "status" | "isCanceling" | "isReordering" | "lacks"> {
    const standstill = this.#gate.standstill();
    return { ...standstill, hasRoom: standstill.hasRoom && !this.#waitsForRoom };
  }

  #runAt(atMs: number): void {
    const waitMs = atMs - this.#port.surroundings.nowMs();
    if (waitMs > SHORT_WAIT_MS) {
      this.#port.wakeBy(atMs);
      return;
    }
    this.#endWait();
    this.#endWait = this.#port.deadlines.in(waitMs, () => this.run());
  }

  /** It counts for nothing: the delivery waits where it was. */
  #putBack(claimed: ClaimedDelivery): void {
    // Behind it what is held in memory is under way: it must be rows before the queue looks for its first one from here on.
    if (!this.#port.queue.held.isEmpty) {
      this.settleAll();
      this.#port.tellSettled();
    }
    this.#port.queue.claims.unclaim(claimed);
    this.#port.memory().noteEnded(claimed.bytes);
    this.run();
  }

  #noteEnded(ended: EndedClaim): void {
    const { claimed } = ended;
    this.#port.memory().noteEnded(claimed.bytes);
    const isUrgent = this.#settling.add(ended);
    // After what holds or changes the endpoint there is no next attempt, and in order it waits for the record.
    if (isUrgent) this.#settleNow(() => this.#settling.settleAll());
    else if (this.#port.policy().order === "endpoint")
      this.#settleNow(() => this.#settling.settle(claimed.sequence));
    else this.#settleWithOthers();
  }

  /** The next attempts start before anything is written: what is sent after a write waits until that is on disk. */
  #settleWithOthers(): void {
    if (!this.#settling.isFull) this.run();
    if (this.#settling.isFull) this.#settleNow(() => this.#settling.makeRoom());
    else this.#settling.settleSoon();
  }

  #settleNow(settle: () => void): void {
    settle();
    this.#port.tellSettled();
    this.run();
  }
}
