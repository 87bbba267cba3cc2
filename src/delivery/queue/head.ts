import { type Order, orderBy } from "../../domain/order.ts";
import type { PendingRow } from "../tables/delivery-row.ts";
import { waitsUntil } from "../tables/waiting-time.ts";
import type { FreshDeliveries } from "./fresh.ts";
import type { InFlight } from "./in-flight.ts";
import type { IndexedRows } from "./indexed-rows.ts";
import type { Keys } from "./keys.ts";
import type { Window } from "./window.ts";

/** The delivery that is next. */
export interface NextDelivery {
  sequence: number;
  bytes: number;
  /** Unix milliseconds. */
  dueAt: number;
  /** Whether it lies in the indexes, see `IndexedRows`. */
  isIndexed: boolean;
}

/** Where deliveries wait. */
interface HeadPort {
  fresh: FreshDeliveries;
  indexed: IndexedRows;
  held: Window;
  inFlight: InFlight;
  keys: Keys;
  rowAt(sequence: number): PendingRow | null;
}

/** Which of an endpoint's deliveries is next, of those that wait for their first attempt and of those that failed. */
export class Head {
  readonly #port: HeadPort;
  /** As they were looked at last: what is needed of a row stays as it is. */
  #keyedFreshRow: PendingRow | null = null;
  #keyedRetryRow: PendingRow | null = null;

  constructor(port: HeadPort) {
    this.#port = port;
  }

  /**
   * In order by endpoint the lowest pending sequence; by key the one of the keys' lowest, and without an order the one of all
   * that has the smallest (next_attempt_at, sequence), due or not; null = there is none, or the order has it wait.
   */
  at(order: Order, nowMs: number): NextDelivery | null {
    if (orderBy(order) !== null) return sooner(this.#keyedFresh(nowMs), this.#keyedRetry());
    const { inFlight, indexed } = this.#port;
    const isOrdered = order === "endpoint";
    if (isOrdered && inFlight.count > 0) return null;
    const fresh = this.#freshAt(nowMs);
    const row = isOrdered ? indexed.lowest() : indexed.first(inFlight.all);
    const other = row && {
      sequence: row.sequence,
      bytes: row.bytes,
      dueAt: waitsUntil(row) ?? 0,
      isIndexed: true,
    };
    if (isOrdered && fresh && other) return fresh.sequence < other.sequence ? fresh : other;
    return sooner(fresh, other);
  }

  /** What is stored has the lower sequence. */
  #freshAt(nowMs: number): NextDelivery | null {
    const row = this.#port.fresh.peek();
    const held = row === null ? this.#port.held.next() : null;
    const [first, createdAt] = [row ?? held, row?.created_at ?? held?.createdAt ?? nowMs];
    // A clock that was set back since must not hold up what was never attempted.
    const dueAt = Math.min(createdAt, nowMs);
    return first && { sequence: first.sequence, bytes: first.bytes, dueAt, isIndexed: false };
  }

  /** The first of those whose keys let them start. */
  #keyedFresh(nowMs: number): NextDelivery | null {
    const { held, keys, rowAt } = this.#port;
    const stored = keys.nextFresh();
    if (stored !== null && this.#keyedFreshRow?.sequence !== stored) this.#keyedFreshRow = rowAt(stored);
    const row = stored === null ? null : this.#keyedFreshRow;
    if (row !== null)
      return {
        sequence: row.sequence,
        bytes: row.bytes,
        dueAt: Math.min(row.created_at, nowMs),
        isIndexed: true,
      };
    const first = held.isEmpty ? null : keys.nextHeld();
    return first && { ...pick(first), dueAt: Math.min(first.createdAt, nowMs), isIndexed: false };
  }

  #keyedRetry(): NextDelivery | null {
    const { keys, rowAt } = this.#port;
    const next = keys.nextDue();
    if (next !== null && this.#keyedRetryRow?.sequence !== next.sequence)
      this.#keyedRetryRow = rowAt(next.sequence);
    const row = this.#keyedRetryRow;
    return next && row && { ...pick(row), dueAt: next.dueAt, isIndexed: true };
  }
}

function pick({ sequence, bytes }: Pick<NextDelivery, "sequence" | "bytes">) {
  return { sequence, bytes };
}

/** Whichever is due first; of the same time the one that failed before. */
function sooner(fresh: NextDelivery | null, retry: NextDelivery | null): NextDelivery | null {
  if (!fresh || !retry) return fresh ?? retry;
  return retry.dueAt <= fresh.dueAt ? retry : fresh;
}
