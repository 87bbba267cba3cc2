import type { LoggedEvent } from "../domain/event.ts";
import { acceptedAt } from "../domain/ids.ts";
import type { HandOverAnswer } from "../domain/messages.ts";
import { approximateBytes } from "./chunk.ts";
import { LivePace } from "./live-pace.ts";
import { BATCH_BYTES, BATCH_EVENTS, type Group, Pump } from "./pump.ts";
import type { Scan, ScanLimits } from "./reader.ts";

/** RPCs started at once, and how long one that does not answer keeps its place among them. */
const RPCS_AT_ONCE = 8;
const SLOW_RPC_MS = 100;

/** How often resting pumps are looked at while the object lives. */
const REST_TICK_MS = 500;

/** A batch not confirmed by then has failed. */
const RPC_TIMEOUT_MS = 10_000;

/** What all pumps together may hold in memory; beyond it they read from storage. */
const QUEUED_BYTES = 32 * 1024 * 1024;

export interface HandOverPort {
  now(): number;
  /** The newest committed position. */
  lastPosition(): number;
  send(endpointNumber: number, events: LoggedEvent[]): Promise<HandOverAnswer>;
  read(endpointNumber: number, after: number, limits: ScanLimits): Promise<Scan>;
  storeLag(endpointNumber: number, position: number): void;
  clearLag(endpointNumber: number): void;
  /** Distinct endpoints per 15 s; null = no limit. */
  liveEndpoints: number | null;
}

/**
 * Hands committed events over to their endpoints: a pump each, one outstanding batch per pump, batches in
 * order, until confirmed. A failing, full or slow endpoint holds only itself.
 */
export class HandOver {
  readonly #port: HandOverPort;
  readonly #pumps = new Map<number, Pump>();
  readonly #ready = new Set<Pump>();
  /** Pumps that wait for their time: after a failure, or for a place among the live endpoints. */
  readonly #resting = new Set<Pump>();
  #restTimer: ReturnType<typeof setTimeout> | null = null;
  readonly #groups: Group[] = [];
  readonly #pace: LivePace;
  #handedOver: number;
  #queuedBytes = 0;
  #running = 0;
  #scheduled = false;

  /** @param lagging stored positions of the endpoints that lag, by number */
  constructor(port: HandOverPort, handedOver: number, lagging: Iterable<[number, number]>) {
    this.#port = port;
    this.#handedOver = handedOver;
    this.#pace = new LivePace(port.liveEndpoints);
    for (const [number, position] of lagging) {
      const pump = new Pump(number, position);
      this.#pumps.set(number, pump);
      this.#ready.add(pump);
    }
    this.#schedule();
  }

  /** Every endpoint that does not lag has all up to here. */
  get handedOver(): number {
    return this.#handedOver;
  }

  get laggingEndpoints(): number {
    let count = 0;
    for (const pump of this.#pumps.values()) if (!pump.live) count++;
    return count;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Age of the oldest event that some endpoint has yet to take, milliseconds. */
  lagMs(): number {
    let oldest = this.#handedOver;
    for (const pump of this.#pumps.values()) oldest = Math.min(oldest, pump.storedPosition ?? oldest);
    return oldest >= this.#port.lastPosition() ? 0 : Math.max(0, this.#port.now() - acceptedAt(oldest));
  }

  /** Whether anything waits to be handed over. */
  get isIdle(): boolean {
    return this.#groups.length === 0 && this.#pumps.size === 0;
  }

  /** Takes a committed group of events. */
  committed(events: readonly LoggedEvent[]): void {
    const group: Group = { last: events.at(-1)?.position ?? 0, outstanding: 0 };
    for (const event of events) for (const number of event.endpoints) this.#enqueue(number, event, group);
    this.#groups.push(group);
    this.#settle();
    this.#schedule();
  }

  #enqueue(number: number, event: LoggedEvent, group: Group): void {
    let pump = this.#pumps.get(number);
    if (!pump) {
      pump = new Pump(number, null);
      this.#pumps.set(number, pump);
    }
    if (!pump.live) return;
    if (pump.isFullWith(event) || this.#queuedBytes + approximateBytes(event) > QUEUED_BYTES) {
      this.#lag(pump, pump.positionBeforeQueue() ?? event.position - 1);
    } else {
      this.#account(pump, () => pump.push(event, group));
    }
    this.#queueUp(pump);
  }

  #queueUp(pump: Pump): void {
    if (!pump.inFlight && !this.#resting.has(pump)) this.#ready.add(pump);
  }

  #account(pump: Pump, change: () => void): void {
    const before = pump.queuedBytes;
    change();
    this.#queuedBytes += pump.queuedBytes - before;
  }

  #lag(pump: Pump, position: number): void {
    this.#port.storeLag(pump.number, position);
    this.#account(pump, () => pump.lagFrom(position));
  }

  /** Forgets an endpoint that is gone. */
  drop(number: number): void {
    const pump = this.#pumps.get(number);
    this.#port.clearLag(number);
    if (!pump) return;
    this.#account(pump, () => pump.lagFrom(0));
    this.#pumps.delete(number);
    this.#ready.delete(pump);
    this.#resting.delete(pump);
    this.#settle();
  }

  /** Makes sure that nothing up to a position is still needed from memory or found only by `handedOver`. */
  releaseUpTo(position: number): void {
    for (const pump of this.#pumps.values()) {
      const before = pump.positionBeforeQueue();
      if (pump.live && before !== null && before < position) this.#lag(pump, before);
    }
    this.#settle();
  }

  /** When hand-over needs the object to be awake again, Unix milliseconds; null = nothing waits. */
  nextDueAt(): number | null {
    if (this.isIdle) return null;
    const now = this.#port.now();
    if (this.#resting.size < this.#pumps.size) return now + RPC_TIMEOUT_MS;
    let earliest = Number.POSITIVE_INFINITY;
    for (const pump of this.#resting) earliest = Math.min(earliest, pump.notBefore);
    return Math.max(now, earliest);
  }

  /** Starts what is due. */
  wake(): void {
    this.#wakeResting();
    this.#schedule();
  }

  #settle(): void {
    let done = 0;
    for (const group of this.#groups) {
      if (group.outstanding > 0) break;
      this.#handedOver = group.last;
      done++;
    }
    this.#groups.splice(0, done);
  }

  /** Starts RPCs in small groups with a macrotask between them, so that accepting never waits for hand-over. */
  #schedule(): void {
    if (this.#scheduled || this.#ready.size === 0) return;
    this.#scheduled = true;
    setTimeout(() => {
      this.#scheduled = false;
      this.#startSome();
    }, 0);
  }

  #startSome(): void {
    const now = this.#port.now();
    for (const pump of this.#ready) {
      if (this.#running >= RPCS_AT_ONCE) return;
      this.#ready.delete(pump);
      const startAt = Math.max(pump.notBefore, this.#pace.freeAt(pump.number, now));
      if (startAt > now) {
        this.#rest(pump, startAt);
      } else {
        this.#pace.touch(pump.number, now);
        this.#start(pump);
      }
    }
  }

  #rest(pump: Pump, until: number): void {
    pump.notBefore = until;
    this.#resting.add(pump);
    this.#tick();
  }

  #tick(): void {
    if (this.#resting.size === 0) return;
    this.#restTimer ??= setTimeout(() => {
      this.#restTimer = null;
      this.#wakeResting();
    }, REST_TICK_MS);
  }

  #wakeResting(): void {
    const now = this.#port.now();
    for (const pump of this.#resting) {
      if (pump.notBefore > now) continue;
      this.#resting.delete(pump);
      this.#ready.add(pump);
    }
    this.#tick();
    this.#schedule();
  }

  #start(pump: Pump): void {
    pump.inFlight = true;
    this.#running++;
    let holdsPlace = true;
    const leave = () => {
      if (!holdsPlace) return;
      holdsPlace = false;
      this.#running--;
      this.#schedule();
    };
    const slow = setTimeout(leave, SLOW_RPC_MS);
    this.#advance(pump)
      .catch(() => this.#failed(pump))
      .finally(() => {
        clearTimeout(slow);
        pump.inFlight = false;
        this.#settle();
        if (this.#pumps.get(pump.number) === pump) {
          if (pump.isIdle) this.#pumps.delete(pump.number);
          else this.#queueUp(pump);
        }
        leave();
        this.#schedule();
      });
  }

  /** One step of a pump: reads if it lags, sends a batch, takes the answer. */
  async #advance(pump: Pump): Promise<void> {
    if (!pump.live && !(await this.#readOn(pump))) return;
    const batch = pump.batch();
    if (batch.length === 0) return this.#moveOn(pump, pump.storedPosition ?? 0);
    const answer = await withTimeout(this.#port.send(pump.number, batch), RPC_TIMEOUT_MS);
    if (this.#pumps.get(pump.number) !== pump) return;
    if (answer.outcome === "gone") return this.drop(pump.number);
    const taken = answer.outcome === "full" ? answer.taken : (batch.at(-1)?.position ?? 0);
    this.#account(pump, () => pump.confirm(taken));
    if (answer.outcome === "full") {
      this.#lag(pump, taken);
      pump.backOff(this.#port.now());
    } else {
      this.#moveOn(pump, taken);
    }
  }

  /**
   * Reads a lagging pump's next events into its queue. At the end of the log it becomes live, in the same
   * macrotask as the look at the end, so that no event falls between. False: nothing to send now.
   */
  async #readOn(pump: Pump): Promise<boolean> {
    const scan = await this.#port.read(pump.number, pump.storedPosition ?? 0, {
      events: BATCH_EVENTS,
      bytes: BATCH_BYTES,
    });
    if (this.#pumps.get(pump.number) !== pump) return false;
    this.#account(pump, () => {
      for (const event of scan.events) pump.push(event, null);
    });
    if (scan.upTo >= this.#port.lastPosition()) pump.live = true;
    else if (scan.events.length === 0) pump.storedPosition = scan.upTo;
    return scan.events.length > 0 || pump.live;
  }

  /** After a confirmed batch: moves a lagging pump's row, or clears it where memory and groups know the rest. */
  #moveOn(pump: Pump, taken: number): void {
    if (pump.storedPosition === null) return;
    if (pump.live && !pump.holdsUngrouped) {
      pump.storedPosition = null;
      this.#port.clearLag(pump.number);
    } else if (taken > pump.storedPosition) {
      pump.storedPosition = taken;
      this.#port.storeLag(pump.number, taken);
    }
  }

  #failed(pump: Pump): void {
    if (this.#pumps.get(pump.number) !== pump) return;
    const position = pump.positionBeforeQueue() ?? pump.storedPosition ?? this.#port.lastPosition();
    this.#lag(pump, position);
    pump.backOff(this.#port.now());
  }
}

function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
