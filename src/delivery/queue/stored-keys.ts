import type { KeyPlace } from "../../domain/order.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import type { KeyTable } from "../tables/order-keys.ts";
import { pendingAt } from "../tables/pending-deliveries.ts";

/** The first delivery of a key that waits for a time, Unix milliseconds. */
export interface WaitingHead {
  key: string;
  sequence: number;
  dueAt: number;
}

/** What is asked of the deliveries that are stored by their keys; it changes nothing. */
export class StoredKeys {
  readonly #sql: SqlStorage;
  readonly #table: KeyTable;

  constructor(sql: SqlStorage, table: KeyTable) {
    this.#sql = sql;
    this.#table = table;
  }

  /** The place in the order of its key that a delivery's own row has; null = none. */
  placeOf(sequence: number): KeyPlace | null {
    return this.#table.placeOf(sequence);
  }

  /** The pending deliveries of a key from a sequence on; `next` = where to go on, null = at the end. */
  scan(key: string, from: number, most: number): { rows: PendingRow[]; next: number | null } {
    const sequences = this.#table.pendingOf(key, from, most);
    const last = sequences.at(-1);
    return {
      rows: sequences.map((sequence) => pendingAt(this.#sql, sequence)).filter((row) => row !== null),
      next: last !== undefined && sequences.length === most ? last + 1 : null,
    };
  }

  /**
   * The first deliveries of keys that wait for a time after this one, Unix milliseconds.
   * @param out what is out with somebody, by sequence: that waits for nothing
   */
  held(after: number, most: number, out: readonly number[]): WaitingHead[] {
    return waitingHeads(this.#table.heldHeads(after, most, out));
  }

  /** How many such keys there are, counted up to so many. */
  countHeld(after: number, most: number, out: readonly number[]): number {
    return this.#table.countHeld(after, most, out);
  }

  /** The first deliveries of keys that wait for a time, behind one of them, by time and sequence. */
  dueAfter(after: Pick<WaitingHead, "dueAt" | "sequence">, most: number): WaitingHead[] {
    return waitingHeads(this.#table.dueHeadsAfter(after.dueAt, after.sequence, most));
  }
}

function waitingHeads(heads: ReturnType<KeyTable["heldHeads"]>): WaitingHead[] {
  return heads.map(({ key, head: sequence, due_at: dueAt }) => ({ key, sequence, dueAt: dueAt ?? 0 }));
}
