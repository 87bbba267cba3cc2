import { type EndpointReport, noteEndpointReport } from "../../d1/endpoint-reports.ts";
import { added, always, record, shapeOf } from "../../domain/stored.ts";
import type { Clock } from "../../domain/surroundings.ts";
import { logLine } from "../../service-log.ts";
import { readStored, writeStored } from "../../storage/schema.ts";
import type { Existence } from "../configuration/existence.ts";

/** D1 is told at most once in this long, and of what is not urgent less often: each time costs a row there and one here. */
const GRAIN_MS = 60_000;

/** Nor before this long after there was something new: what comes together is told together, not its beginning. */
const SETTLE_MS = 3500;

/** What was told last, as stored. */
interface Told {
  /** Unix milliseconds; 0 = never. */
  at: number;
  /** What stood when it was told: it is to be told again once this differs. */
  state: string;
  /** The urgent part of it. */
  urgent: string;
}

/** Before 0.2 nothing said what of it was urgent: the next time tells it. */
export const toldShape = shapeOf(record<Told>({ at: always(), state: always(), urgent: added("") }));

export interface D1ReportPort extends Clock {
  existence: Existence;
  sql: SqlStorage;
  db: D1Database;
  endpointId(): string;
  /** The state of an endpoint of which there is nothing to tell, and the urgent part of it. */
  untouched: Pick<Told, "state" | "urgent">;
  /** Differs whenever there is something new to tell; what it tells is stored. */
  state(): string;
  /** Differs whenever what is new is worth telling within the minute. */
  urgent(): string;
  /** What is not urgent is told at most once in this long, milliseconds. */
  toldAfterMs: number;
  /** What is told at a time. */
  report(nowMs: number): EndpointReport;
}

/** How an endpoint does, as its object tells D1, for lists and metrics. What is told late is told by the next life, too. */
export class D1Report {
  readonly #port: D1ReportPort;
  #told: Told;
  /** Since when there is something new to tell, Unix milliseconds; null = there is nothing. It may stem from an earlier life. */
  #newSince: number | null;
  #isUnderWay = false;
  #untold = (_retryAt: number): void => {};

  constructor(port: D1ReportPort) {
    this.#port = port;
    this.#told = readStored(port.sql, "told_d1", toldShape) ?? { at: 0, ...port.untouched };
    this.#followClock(port.nowMs());
    this.#newSince = port.state() === this.#told.state ? null : 0;
  }

  /** Something may have changed. */
  noteChanged(nowMs: number): void {
    this.#followClock(nowMs);
    if (this.#newSince === null && !this.#isUnderWay && this.#port.state() !== this.#told.state)
      this.#newSince = nowMs;
  }

  /** The clock may have been set back since, by any time: as long as that nothing would be told. */
  #followClock(nowMs: number): void {
    if (this.#told.at > nowMs) this.#told = { ...this.#told, at: nowMs };
    if (this.#newSince !== null && this.#newSince > nowMs) this.#newSince = nowMs;
  }

  /** Has `call` called with the time at which D1 is to be told again: it could not be, or there was news meanwhile. */
  whenUntold(call: (retryAt: number) => void): void {
    this.#untold = call;
  }

  /** When D1 is to be told, Unix milliseconds; null = it knows, or is just being told. */
  nextAt(): number | null {
    if (this.#newSince === null || this.#isUnderWay || this.#port.existence.isErased) return null;
    const grainMs = this.isUrgent ? GRAIN_MS : Math.max(GRAIN_MS, this.#port.toldAfterMs);
    return Math.max(this.#told.at + grainMs, this.#newSince + SETTLE_MS);
  }

  /** Whether something is worth telling within the minute. */
  get isUrgent(): boolean {
    return this.#told.urgent !== this.#port.urgent();
  }

  isDue(nowMs: number): boolean {
    const at = this.nextAt();
    return at !== null && at <= nowMs;
  }

  /** Tells it. That D1 was told is stored once it has it: a crash has it told twice, never not at all. */
  async send(nowMs: number): Promise<void> {
    const { sql, db } = this.#port;
    const told: Told = { at: nowMs, state: this.#port.state(), urgent: this.#port.urgent() };
    const endpoint = this.#port.endpointId();
    this.#isUnderWay = true;
    this.#newSince = null;
    try {
      const isNoted = await noteEndpointReport(db, endpoint, this.#port.report(nowMs));
      this.#isUnderWay = false;
      // A clock that was set back reads what it read when D1 was told last: what is told now looks older, until it is past that.
      if (!isNoted) return this.#tellAgainAfter(nowMs);
      this.#told = told;
      this.noteChanged(this.#port.nowMs());
      // What came meanwhile found nothing to be told, and asked for no alarm; it may have been the last for long.
      const againAt = this.nextAt();
      if (againAt !== null) this.#untold(againAt);
      if (!this.#port.existence.isErased) writeStored(sql, "told_d1", toldShape, told);
    } catch (error) {
      this.#isUnderWay = false;
      logLine("warn", "could not write the health summary", { endpoint, error });
      this.#tellAgainAfter(nowMs);
    }
  }

  /** D1 does not have what was told at a time, Unix milliseconds. It is tried again, but not at once. */
  #tellAgainAfter(nowMs: number): void {
    this.#told = { ...this.#told, at: nowMs };
    this.#newSince = nowMs;
    const againAt = this.nextAt();
    if (againAt !== null) this.#untold(againAt);
  }
}
