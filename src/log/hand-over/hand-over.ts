import type { Deadlines } from "../../deadlines.ts";
import type { LoggedEvent } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { TakingAnswer } from "../../domain/messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import type { Pace } from "../../storage/rounds.ts";
import type { Scan, ScanLimits } from "../archive/scan.ts";
import { approximateBytes } from "../store/chunk.ts";
import type { HandOverMemory } from "../store/memory.ts";
import { type Group, Groups } from "./groups.ts";
import { BATCH_BYTES, type Batch } from "./on-its-way.ts";
import type { Pump } from "./pump.ts";
import { PumpSteps, RPC_TIMEOUT_MS, withoutLists } from "./pump-step.ts";
import { Pumps } from "./pumps.ts";
import { Turns } from "./turns.ts";

export interface HandOverPort extends Clock, Timers {
  deadlines: Deadlines;
  /** The newest committed position. */
  lastPosition(): number;
  send(endpointNumber: number, batch: Batch): Promise<TakingAnswer>;
  read(endpointNumber: number, after: number, limits: ScanLimits): Promise<Scan>;
  storeLag(endpointNumber: number, position: number): void;
  clearLag(endpointNumber: number): void;
  /** Stores the position up to which all is handed over, or has a row. */
  keepHandedOver(position: number): void;
  /** Called where a row cannot be written: memory is not what is stored any more, and the log starts anew. */
  onUnstored(error: unknown): void;
  /** Has `wake` called at a time, Unix milliseconds, even if the object sleeps until then. */
  wakeBy(atMs: number): void;
  /** The budgets that all logs share: for what pumps hold, and for what is on its way to endpoints. */
  memory: HandOverMemory;
  /** When the workspace's work for many objects may take the thread, which all workspaces share. */
  pace: Pick<Pace, "mayBegin" | "lookAgainMs">;
  /** When an endpoint's object may be called: now, or the time at which to ask again, Unix milliseconds. */
  placeAt(endpointNumber: number, nowMs: number): number;
  /** Has others make room for those that found no place. */
  makeRoom(): void;
}

/** What hand-over goes on from after a restart. */
export interface StoredHandOver {
  /** Every endpoint without a row has all up to here. */
  handedOver: number;
  /** Positions of the endpoints that have a row, by number. */
  lagging: Iterable<[number, number]>;
  /** What was committed after `handedOver` and is not archived, oldest first. */
  groups: Iterable<readonly LoggedEvent[]>;
}

/**
 * Hands committed events over to their endpoints: a pump each, batches in order, several of them on their way, until what is in
 * them is settled. A failing, full or slow endpoint holds only itself.
 */
export class HandOver {
  readonly #port: HandOverPort;
  readonly #pumps = new Pumps();
  readonly #turns: Turns;
  readonly #steps: PumpSteps;
  readonly #groups: Groups;
  /** Ends what waits in `awaitRest`. */
  #endWaitForRest = (): void => {};

  /** Goes on from what is stored: what a life before this one left. */
  constructor(port: HandOverPort, stored: StoredHandOver) {
    this.#port = port;
    this.#groups = new Groups(stored.handedOver, port.nowMs());
    this.#steps = new PumpSteps({
      ...port,
      underWay: port.memory.underWay,
      onAnswered: (pump) => this.#goOn(pump),
      isCurrent: (pump) => this.#pumps.has(pump),
      account: (pump, change) => this.#account(pump, change),
      hold: (moreBytes) => this.#hold(moreBytes),
      storeAsLagging: (pump, position) => this.#storeAsLagging(pump, position),
      drop: (pump) => this.drop(pump.number),
    });
    this.#turns = new Turns({
      nowMs: () => port.nowMs(),
      after: (delayMs, ring) => port.after(delayMs, ring),
      deadlines: port.deadlines,
      placeAt: port.placeAt,
      makeRoom: port.makeRoom,
      wakeBy: port.wakeBy,
      // One that reads from storage needs room for what it will bring.
      mayStart: (pump) => pump.isLive || port.memory.queued.hasRoomFor(BATCH_BYTES),
      underWay: port.memory.underWay,
      pace: port.pace,
      step: (pump, hasRead) => this.#step(pump, hasRead),
    });
    this.#turns.holdBack();
    for (const [number, position] of stored.lagging) this.#turns.ask(this.#pumps.add(number, position));
    for (const events of stored.groups) {
      this.#queueUp(events);
      this.#groups.noteAgain(events);
    }
    for (const pump of this.#pumps) pump.assumeSent(port.lastPosition());
    this.#settle();
  }

  /** Every endpoint that does not lag has all up to here. */
  get handedOver(): number {
    return this.#groups.handedOver;
  }

  /** Endpoints that have a row. */
  get laggingEndpoints(): number {
    return this.#pumps.withRow;
  }

  /** Whether an endpoint has all of its events up to a committed position. */
  isHandedOver(number: number, position: number): boolean {
    return this.#pumps.isHandedOver(number, position);
  }

  /** Whether all endpoints have all of their events up to a committed position. */
  isHandedOverToAll(position: number): boolean {
    return this.#pumps.isHandedOverToAll(position);
  }

  /** Whether nothing is on its way to an endpoint, or waits to be. */
  isSettled(number: number): boolean {
    return this.#pumps.find(number) === undefined;
  }

  /** What waits for its time, for an endpoint that can be reached, waits no longer. */
  endRest(number: number): void {
    const pump = this.#pumps.find(number);
    if (pump) this.#turns.endRest(pump);
  }

  get queuedBytes(): number {
    return this.#port.memory.queued.heldBytes;
  }

  /** Age of the oldest event that some endpoint has yet to take, milliseconds. */
  lagMs(): number {
    const inGroups = this.#groups.firstPosition(this.#port.nowMs()) ?? Number.POSITIVE_INFINITY;
    const oldest = Math.min(inGroups, this.#pumps.lowestBehindRow(this.#port.lastPosition()));
    return oldest === Number.POSITIVE_INFINITY ? 0 : Math.max(0, this.#port.nowMs() - acceptedAt(oldest));
  }

  /** Whether anything waits to be handed over. */
  get isIdle(): boolean {
    return this.#groups.isEmpty && this.#pumps.size === 0;
  }

  /** Counts calls that steps make beside those of their endpoints: of other logs. */
  noteCalls(calls: number): void {
    this.#turns.budget.spend(calls);
  }

  /** Takes a committed group of events. */
  noteCommitted(events: readonly LoggedEvent[]): void {
    // What was committed came with a call of its own.
    this.#turns.renew();
    this.#turns.startTogether(() => this.#queueUp(events));
    this.#settle();
    this.#turns.letGoOn();
  }

  #queueUp(events: readonly LoggedEvent[]): void {
    const group: Group = {
      first: events[0]?.position ?? 0,
      last: events.at(-1)?.position ?? 0,
      outstanding: 0,
    };
    // Who goes on in memory is worked out once for each distinct list, not for each of the group's events.
    const live = new Map<readonly number[], readonly number[]>();
    for (const event of events) {
      const numbers = live.get(event.endpoints) ?? event.endpoints;
      const queued = withoutLists(event);
      const isLive = (number: number) => this.#enqueue(number, queued, group, event.endpoints.length);
      live.set(event.endpoints, numbers.filter(isLive));
    }
    this.#groups.add(group);
  }

  /** Returns whether the endpoint still takes events in memory. */
  #enqueue(number: number, event: LoggedEvent, group: Group, endpoints: number): boolean {
    const pump = this.#pumps.find(number) ?? this.#pumps.add(number, null);
    if (!pump.isLive) return false;
    if (pump.isFullWith(event) || !this.#port.memory.queued.hasRoomFor(approximateBytes(event))) {
      this.#storeAsLagging(pump, pump.positionBeforeQueue() ?? event.position - 1);
    } else {
      this.#account(pump, () => pump.push(event, group));
    }
    if (pump.wantsTurn) this.#turns.ask(pump, endpoints);
    return pump.isLive;
  }

  #account(pump: Pump, change: () => void): void {
    const before = pump.queuedBytes;
    change();
    this.#hold(pump.queuedBytes - before);
  }

  #hold(moreBytes: number): void {
    const { queued } = this.#port.memory;
    queued.hold(queued.heldBytes + moreBytes);
  }

  /** Has a pump read from storage what follows a position, from now on and after a restart. */
  #storeAsLagging(pump: Pump, position: number): void {
    this.#port.storeLag(pump.number, position);
    this.#account(pump, () => pump.lagFrom(position));
  }

  /** Forgets an endpoint that is gone. */
  drop(number: number): void {
    const pump = this.#pumps.find(number);
    this.#port.clearLag(number);
    if (!pump) return;
    this.#account(pump, () => pump.lagFrom(0));
    this.#pumps.delete(pump);
    this.#turns.forget(pump);
    this.#settle();
  }

  /**
   * Makes sure that what is unconfirmed up to a position is found after a restart by a row, because `handedOver`
   * will not lead there any more. What a live pump holds stays in its memory.
   */
  releaseUpTo(position: number): void {
    for (const pump of this.#pumps) {
      const before = pump.positionBeforeQueue();
      if (!pump.isLive || before === null || before >= position) continue;
      const rowPosition = pump.rowPosition ?? before;
      if (pump.rowPosition === null) this.#port.storeLag(pump.number, rowPosition);
      pump.countByRow(position, rowPosition);
    }
    this.#settle();
  }

  /** When hand-over needs the object to be awake again, Unix milliseconds; null = nothing waits. */
  nextDueAt(): number | null {
    if (this.isIdle) return null;
    const nowMs = this.#port.nowMs();
    if (!this.#onlyRests) return nowMs + RPC_TIMEOUT_MS;
    return Math.max(nowMs, this.#turns.earliestRestEnd());
  }

  /** Starts what is due. */
  wake(): void {
    this.#turns.letGoOn();
    this.#turns.wake();
  }

  /** Whether whatever waits, waits for its time. */
  get #onlyRests(): boolean {
    return this.#turns.restingPumps === this.#pumps.size;
  }

  /** Waits until nothing is on its way to an endpoint, for 10 s at the most; not for what waits for its time. */
  async awaitRest(): Promise<void> {
    if (this.#onlyRests) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#endWaitForRest = resolve;
    const end = this.#port.deadlines.in(RPC_TIMEOUT_MS, resolve);
    await promise;
    end();
  }

  #settle(): void {
    this.#groups.settle();
    if (!this.#groups.isWorthKeeping()) return;
    try {
      this.#port.keepHandedOver(this.#groups.handedOver);
    } catch (error) {
      this.#port.onUnstored(error);
    }
  }

  async #step(pump: Pump, hasRead: () => void): Promise<void> {
    try {
      await this.#steps.run(pump, hasRead);
    } catch (error) {
      // Nothing would wake this pump again, whose events nobody else hands over.
      this.#port.onUnstored(error);
      return;
    }
    pump.stop();
    this.#goOn(pump);
  }

  /** After a step, and after each answer. */
  #goOn(pump: Pump): void {
    this.#settle();
    if (this.#pumps.has(pump)) {
      if (pump.isIdle) this.#pumps.delete(pump);
      else if (pump.wantsTurn) this.#turns.ask(pump);
    }
    if (this.#onlyRests) this.#endWaitForRest();
  }
}
