import type { Deadlines } from "../../deadlines.ts";
import type { LoggedEvent } from "../../domain/event.ts";
import type { MemoryHolder } from "../../domain/memory-budget.ts";
import type { TakingAnswer } from "../../domain/messages.ts";
import type { Clock } from "../../domain/surroundings.ts";
import { logRetried } from "../../service-log.ts";
import type { Scan, ScanLimits } from "../archive/scan.ts";
import { approximateBytes } from "../store/chunk.ts";
import { BATCH_BYTES, BATCH_EVENTS, type Batch } from "./on-its-way.ts";
import type { Pump } from "./pump.ts";

/** A batch not confirmed by then has failed. */
export const RPC_TIMEOUT_MS = 10_000;

/** How long what is in an RPC counts as held there, if it is not answered before: its copy has been read by then. */
const COPIED_MS = 100;

export interface PumpStepPort extends Clock {
  /** The newest committed position. */
  lastPosition(): number;
  send(endpointNumber: number, batch: Batch): Promise<TakingAnswer>;
  read(endpointNumber: number, after: number, limits: ScanLimits): Promise<Scan>;
  storeLag(endpointNumber: number, position: number): void;
  clearLag(endpointNumber: number): void;
  deadlines: Deadlines;
  /** What all logs have on its way to endpoints. */
  underWay: MemoryHolder;
  /** Whether this is still the pump of its endpoint. */
  isCurrent(pump: Pump): boolean;
  /** Makes a change of what a pump holds, and counts it. */
  account(pump: Pump, change: () => void): void;
  /** Counts what is about to be held; negative = is not any more. Bytes. */
  hold(moreBytes: number): void;
  /** Has a pump read from storage what follows a position. */
  storeAsLagging(pump: Pump, position: number): void;
  /** Forgets the endpoint, which is gone. */
  drop(pump: Pump): void;
  /** The answer to a batch came, or none did, after the step that sent it. */
  onAnswered(pump: Pump): void;
  /** A row cannot be written. */
  onUnstored(error: unknown): void;
}

/** One step of a pump: what is handed over, and what its answer means for where the pump goes on. */
export class PumpSteps {
  readonly #port: PumpStepPort;

  constructor(port: PumpStepPort) {
    this.#port = port;
  }

  /**
   * Takes a step. Rejects only where a row cannot be written.
   * @param hasRead called once what was to be read is: what follows is sent, and waited for
   */
  async run(pump: Pump, hasRead: () => void): Promise<void> {
    await this.#advance(pump, hasRead).catch((error) => this.#noteFailure(pump, error));
  }

  /**
   * Reads if the pump lags, and sends a batch. One that lags waits for the answer; a live one goes on while its batches are on
   * their way.
   */
  async #advance(pump: Pump, hasRead: () => void): Promise<void> {
    if (!pump.isLive && !(await this.#readOn(pump))) return;
    hasRead();
    const batch = pump.send();
    if (batch.events.length === 0) {
      if (pump.positionBeforeQueue() === null) this.#moveOn(pump, pump.rowPosition ?? 0);
      return;
    }
    const exchange = this.#exchange(pump, batch);
    if (!pump.isLive) return exchange;
    exchange
      .catch((error) => this.#noteLost(pump, batch, error))
      .then(() => this.#port.onAnswered(pump))
      .catch((error) => this.#port.onUnstored(error));
  }

  async #exchange(pump: Pump, batch: Batch): Promise<void> {
    const { deadlines, send } = this.#port;
    const leave = this.#underWay(batch);
    const answer = await deadlines.within(RPC_TIMEOUT_MS, send(pump.number, batch)).finally(leave);
    if (!this.#port.isCurrent(pump)) return;
    if (answer.outcome === "gone") return this.#port.drop(pump);
    if (answer.outcome === "taken") return this.#noteTaken(pump, batch, answer.settled);
    if (!pump.isOfSession(batch)) return;
    if (answer.outcome === "full") return this.#noteFull(pump, batch, answer.taken);
    if (pump.noteGap()) this.#noteFailure(pump, new Error("batches do not come in order"));
  }

  /** What is in an RPC is held there, too, until it is answered or read. */
  #underWay({ events }: Batch): () => void {
    const { deadlines, underWay } = this.#port;
    const bytes = events.reduce((sum, event) => sum + approximateBytes(event), 0);
    underWay.hold(underWay.heldBytes + bytes);
    let isHeld = true;
    const leave = () => {
      if (isHeld) underWay.hold(underWay.heldBytes - bytes);
      isHeld = false;
    };
    const end = deadlines.in(COPIED_MS, leave);
    return () => {
      end();
      leave();
    };
  }

  #noteTaken(pump: Pump, batch: Batch, settled?: number): void {
    const last = batch.events.at(-1)?.position ?? 0;
    const upTo = settled ?? last;
    this.#port.account(pump, () => pump.confirm(upTo));
    if (upTo < last) pump.sendRestAgain(batch);
    pump.noteSuccess();
    // What one that reads from storage still holds would be read again.
    const rest = pump.isLive ? null : pump.positionBeforeQueue();
    if (rest === null) this.#moveOn(pump, upTo);
    else this.#port.storeAsLagging(pump, Math.max(upTo, pump.rowPosition ?? 0));
  }

  #noteLost(pump: Pump, batch: Batch, error: unknown): void {
    if (pump.isOfSession(batch)) this.#noteFailure(pump, error);
  }

  /** Keeps the rest for later; the row says where exactly that begins. */
  #noteFull(pump: Pump, { after, events }: Batch, taken: number): void {
    // An endpoint that took nothing of this log yet names position 0; what came before a session's first batch is settled.
    const before = after === null ? (events[0]?.position ?? 1) - 1 : 0;
    const confirmed = Math.max(taken, pump.rowPosition ?? 0, before);
    this.#port.account(pump, () => pump.confirm(confirmed));
    this.#port.storeAsLagging(pump, pump.positionBeforeQueue() ?? confirmed);
    pump.backOff(this.#port.nowMs());
  }

  /**
   * Reads a lagging pump's next events into its queue. At the end of the log it becomes live, in the same
   * macrotask as the look at the end, so that no event falls between. False: nothing to send now.
   */
  async #readOn(pump: Pump): Promise<boolean> {
    // Several read at once: each counts as what it may bring.
    this.#port.hold(BATCH_BYTES);
    const limits = { events: BATCH_EVENTS, bytes: BATCH_BYTES };
    const scan = await this.#port.read(pump.number, pump.rowPosition ?? 0, limits).finally(() => {
      this.#port.hold(-BATCH_BYTES);
    });
    if (!this.#port.isCurrent(pump)) return false;
    this.#port.account(pump, () => {
      for (const event of scan.events) pump.push(withoutLists(event), null);
    });
    if (scan.upTo >= this.#port.lastPosition()) pump.catchUp();
    else if (scan.events.length === 0) pump.moveRow(scan.upTo);
    return scan.events.length > 0 || pump.isLive;
  }

  /** After a confirmed batch: moves a lagging pump's row, or clears it where memory and groups know the rest. */
  #moveOn(pump: Pump, taken: number): void {
    if (pump.rowPosition === null) return;
    if (pump.isLive && !pump.holdsUngrouped) {
      pump.forgetRow();
      this.#port.clearLag(pump.number);
    } else if (taken > pump.rowPosition) {
      pump.moveRow(taken);
      this.#port.storeLag(pump.number, taken);
    }
  }

  #noteFailure(pump: Pump, error: unknown): void {
    if (!this.#port.isCurrent(pump)) return;
    if (!pump.isBackingOff) {
      logRetried("warn", "hand-over failed", { endpoint_number: pump.number, error });
    }
    const position = pump.positionBeforeQueue() ?? pump.rowPosition ?? this.#port.lastPosition();
    this.#port.storeAsLagging(pump, position);
    pump.backOff(this.#port.nowMs());
  }
}

/** As an endpoint is handed it: in a queue, its lists might be kept for as long as one endpoint is slow. */
export function withoutLists(event: LoggedEvent): LoggedEvent {
  return { ...event, endpoints: [], missed: [] };
}
