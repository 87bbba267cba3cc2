import type { OperationalType } from "../../domain/operational.ts";
import { added, always, named, record, shapeOf } from "../../domain/stored.ts";
import { readStored, writeStored } from "../../storage/schema.ts";
import type { Existence } from "../configuration/existence.ts";

/** At most one operational event per endpoint, kind and minute. */
const GRAIN_MS = 60_000;

/** After a try nothing is sent for this long, unless it succeeded: an alarm must not spin while the log is away. */
const RETRY_AFTER_MS = 10_000;

/** What an operational event says, apart from its endpoint and count. */
export type OperationalDetails = Record<string, string | number | null>;

/**
 * What each operational event says of the failures behind it.
 * @param attempts how many there were: of the delivery, or in a row at the endpoint
 * @param responseStatus the HTTP status of the last answer; null = there was none, or it is not known
 * @param firstFailureAt Unix milliseconds; null = there was no failure
 */
export function told(
  attempts: number,
  responseStatus: number | null,
  firstFailureAt: number | null,
): OperationalDetails {
  return {
    attempts,
    response_status: responseStatus,
    first_failure_at: firstFailureAt === null ? null : new Date(firstFailureAt).toISOString(),
  };
}

interface Entry {
  /** How often it happened since it was last sent. */
  count: number;
  details: OperationalDetails;
  /** Unix milliseconds; 0 = never. */
  sentAt: number;
}

type Outbox = Partial<Record<OperationalType, Entry>>;

/** The outbox as it is stored. */
export const outboxShape = shapeOf<Outbox>(
  named(record<Entry>({ count: always(), details: named(always()), sentAt: added(0) })),
);

export interface OperationalPort {
  sql: SqlStorage;
  existence: Existence;
  nowMs(): number;
  /** Publishes one; may be called again with the same after a failure or crash. */
  publish(kind: OperationalType, count: number, details: OperationalDetails): Promise<void>;
}

/** An outbox of operational events: stored with what caused them, sent when their minute has passed. */
export class OperationalEvents {
  readonly #port: OperationalPort;
  readonly #entries: Outbox;
  /** What is being sent, or failed, is not tried before this time, Unix milliseconds. A new life may try at once. */
  #notBefore = 0;

  constructor(port: OperationalPort) {
    this.#port = port;
    this.#entries = readStored(port.sql, "operational", outboxShape) ?? {};
  }

  /** Notes that something happened, once or `times`; part of the transaction that made it happen. */
  note(kind: OperationalType, details: OperationalDetails, times = 1): void {
    const { count, sentAt } = this.#entries[kind] ?? { count: 0, sentAt: 0 };
    this.#entries[kind] = { count: count + times, details, sentAt };
    this.#store();
  }

  /** When the next one may be sent, Unix milliseconds; null = none waits. */
  nextDueAt(): number | null {
    const times = Object.values(this.#entries).flatMap(({ count, sentAt }) =>
      count > 0 ? [sentAt + GRAIN_MS] : [],
    );
    return times.length === 0 ? null : Math.max(this.#notBefore, Math.min(...times));
  }

  /** Sends those whose minute has passed. Throws what publishing throws; they stay for the next time, 10 s later. */
  async send(): Promise<void> {
    const nowMs = this.#port.nowMs();
    if (nowMs < this.#notBefore) return;
    this.#notBefore = nowMs + RETRY_AFTER_MS;
    for (const [kind, { count, details, sentAt }] of Object.entries(this.#entries) as [
      OperationalType,
      Entry,
    ][]) {
      if (count === 0 || sentAt + GRAIN_MS > nowMs) continue;
      await this.#port.publish(kind, count, details);
      if (this.#port.existence.isErased) return;
      // What happened while it was sent is counted for the next one. Where this one hung for long, a later try has counted it.
      const later = this.#entries[kind];
      if (later?.sentAt === sentAt)
        this.#entries[kind] = { ...later, count: later.count - count, sentAt: nowMs };
      this.#store();
    }
    this.#notBefore = 0;
  }

  #store(): void {
    writeStored(this.#port.sql, "operational", outboxShape, this.#entries);
  }
}
