import { HOUR_MS } from "../../domain/durations.ts";
import { readStored, writeStored } from "../../storage/schema.ts";
import { type Failing, failingShape } from "../record/stored-counts.ts";
import type { Totals } from "../record/totals.ts";

/** An endpoint is failing after this long without a success. */
const FAILING_AFTER_MS = HOUR_MS;

const WELL: Failing & { totals?: undefined } = {
  consecutiveFailures: 0,
  holdUntil: 0,
  since: null,
  isReported: false,
};

/** What is worth telling of a change: the endpoint began to fail, or recovered. */
export interface Turn {
  kind: "webhooks.endpoint.failing" | "webhooks.endpoint.recovered";
  /** Unix milliseconds. */
  failingSince: number;
}

/**
 * How an endpoint stands with its receiver: its failures in a row and the hold that the receiver asked for. The one
 * owner of both: the gate, the alarm and the decisions ask here.
 */
export class Standing {
  readonly #sql: SqlStorage;
  readonly #totals: Pick<Totals, "carry">;
  #failing: Failing;
  #stored: string;
  #resumes = 0;

  /** @param totals what rides along in the row, since a failure is counted there too */
  constructor(sql: SqlStorage, totals: Pick<Totals, "carry">) {
    this.#sql = sql;
    this.#totals = totals;
    const { totals: _totals, ...failing } = readStored(sql, "failing", failingShape) ?? WELL;
    this.#failing = failing;
    this.#stored = JSON.stringify(this.#failing);
  }

  /** Failed attempts in a row. */
  get consecutiveFailures(): number {
    return this.#failing.consecutiveFailures;
  }

  /** The first failure since the last success, Unix milliseconds; null = the last attempt succeeded. */
  get failingSince(): number | null {
    return this.#failing.since;
  }

  /** No attempt starts before this time, Unix milliseconds; 0 = no hold. */
  get holdUntil(): number {
    return this.#failing.holdUntil;
  }

  /** How often somebody resumed the endpoint in this life: what an attempt says that began before that is no failure of the resumed one. */
  get resumes(): number {
    return this.#resumes;
  }

  /** Forgets the hold and the failures in a row: somebody resumed the endpoint. Part of the caller's transaction. */
  endHold(): void {
    this.#resumes++;
    this.#failing = { ...this.#failing, consecutiveFailures: 0, holdUntil: 0 };
    this.#store();
  }

  /** Takes what a group of attempts left, part of their transaction; null = nothing that anybody is told of. */
  follow(after: { consecutiveFailures: number; holdUntil: number }, nowMs: number): Turn | null {
    const { since, isReported } = this.#failing;
    const { consecutiveFailures, holdUntil } = after;
    let turn: Turn | null = null;
    if (consecutiveFailures === 0) {
      if (isReported) turn = { kind: "webhooks.endpoint.recovered", failingSince: since ?? nowMs };
      this.#failing = { ...WELL, holdUntil: holdUntil > nowMs ? holdUntil : 0 };
    } else {
      const start = since ?? nowMs;
      if (!isReported && nowMs - start >= FAILING_AFTER_MS)
        turn = { kind: "webhooks.endpoint.failing", failingSince: start };
      this.#failing = {
        ...{ consecutiveFailures, holdUntil, since: start },
        isReported: isReported || turn !== null,
      };
    }
    this.#store();
    return turn;
  }

  /** Only failures, and the success that ends them, cost this row. */
  #store(): void {
    if (JSON.stringify(this.#failing) !== this.#stored) this.storeTotals();
  }

  /** Writes the row for what rides along in it; part of the caller's transaction. */
  storeTotals(): void {
    this.#stored = JSON.stringify(this.#failing);
    writeStored(this.#sql, "failing", failingShape, { ...this.#failing, totals: this.#totals.carry() });
  }
}
