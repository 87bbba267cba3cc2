import type { Order } from "../../domain/order.ts";
import { type ClaimedDelivery, type EndedAttempt, toClaimed } from "../record/claim.ts";
import { claimRowAt } from "../tables/deliveries.ts";
import { pendingAt } from "../tables/pending-deliveries.ts";
import { isIndexed } from "../tables/waiting-time.ts";
import type { FreshDeliveries } from "./fresh.ts";
import type { Head, NextDelivery } from "./head.ts";
import type { InFlight } from "./in-flight.ts";
import type { IndexedRows } from "./indexed-rows.ts";
import type { Keys } from "./keys.ts";
import type { Window } from "./window.ts";

/** Where deliveries wait, which of them is next, and which are in flight. */
export interface ClaimsPort {
  sql: SqlStorage;
  head: Head;
  inFlight: InFlight;
  fresh: FreshDeliveries;
  indexed: IndexedRows;
  held: Window;
  keys: Keys;
}

/** How deliveries leave the queue to be attempted, and come back to it. */
export class Claims {
  readonly #port: ClaimsPort;

  constructor(port: ClaimsPort) {
    this.#port = port;
  }

  /** Takes the delivery that is next, see `Head`, if it is due. It is in flight until it is recorded. */
  claim(nowMs: number, order: Order): ClaimedDelivery | null {
    const next = this.#port.head.at(order, nowMs);
    if (!next || next.dueAt > nowMs) return null;
    const claimed = this.#claimAt(next);
    this.#port.inFlight.add(claimed);
    this.#port.keys.noteStarted(claimed);
    return claimed;
  }

  #claimAt({ sequence, isIndexed }: NextDelivery): ClaimedDelivery {
    const { fresh, held, indexed } = this.#port;
    if (isIndexed) return indexed.claim(sequence);
    return sequence >= held.from ? held.claim(sequence) : fresh.claim();
  }

  /** One that was claimed was not attempted: it is where it was. */
  unclaim(claimed: ClaimedDelivery): void {
    const { fresh, inFlight, indexed, keys } = this.#port;
    inFlight.takeBack(claimed);
    indexed.noteChanged();
    keys.noteTakenBack(claimed);
    if (!claimed.isCanceled && !claimed.isIndexed) fresh.putBack(claimed);
  }

  /** One that was claimed is out until a time, Unix milliseconds, and due then; part of the caller's transaction. */
  lease(claimed: ClaimedDelivery, untilMs: number): void {
    const { inFlight, indexed, keys } = this.#port;
    indexed.setDue(claimed.sequence, untilMs);
    inFlight.takeBack(claimed);
    if (!claimed.isIndexed) indexed.add(1, claimed.bytes);
    keys.noteTakenBack(claimed);
    if (claimed.keyPlace !== null) keys.noteChanged(claimed.keyPlace.key);
  }

  /**
   * Takes back one that was out, to be recorded, also if it was canceled meanwhile; null if that attempt of it is none any more.
   * @param startedAt when it was handed out, Unix milliseconds
   */
  reclaim(sequence: number, attempt: number, startedAt: number): ClaimedDelivery | null {
    const { inFlight, keys } = this.#port;
    const out = inFlight.all.has(sequence) ? null : (this.#waiting(sequence) ?? this.#canceled(sequence));
    if (out === null || out.attemptCount + 1 !== attempt) return null;
    const claimed = { ...out, dueAt: startedAt };
    inFlight.add(claimed);
    keys.noteStarted(claimed);
    return claimed;
  }

  #waiting(sequence: number): ClaimedDelivery | null {
    const { indexed, sql } = this.#port;
    const pending = pendingAt(sql, sequence);
    return pending !== null && isIndexed(pending) ? indexed.claim(sequence) : null;
  }

  /** One that was canceled while it was out: only such a one has ended and kept its event. It is counted nowhere any more. */
  #canceled(sequence: number): ClaimedDelivery | null {
    const { sql } = this.#port;
    const row = pendingAt(sql, sequence) === null ? claimRowAt(sql, sequence) : undefined;
    const hasEvent = row !== undefined && row.data !== null;
    return hasEvent ? { ...toClaimed(row), isIndexed: true, isCanceled: true } : null;
  }

  /** An attempt ended, and waits for its record: what was sent is in flight no more. */
  noteLanded(ended: EndedAttempt): void {
    const { held, inFlight, keys } = this.#port;
    inFlight.noteLanded(ended.claimed);
    held.noteEnded(ended);
    keys.noteLanded(ended.claimed);
  }

  /** What was recorded is no longer in flight: before the same transaction looks when the next delivery is due. */
  noteRecorded(ended: readonly EndedAttempt[]): void {
    const { inFlight, indexed, keys } = this.#port;
    for (const { claimed, decision } of ended) {
      inFlight.noteRecorded(claimed);
      keys.noteRecorded(claimed);
      if (claimed.isCanceled) continue;
      if (claimed.isIndexed) indexed.add(-1, claimed.bytes);
      if (decision.status === "pending") indexed.add(1, claimed.bytes);
    }
    indexed.noteChanged();
  }
}
