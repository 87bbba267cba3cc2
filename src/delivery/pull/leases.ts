import { always, listed, record, type StoredText, shapeOf } from "../../domain/stored.ts";

/** What is handed out of a delivery: which attempt of it. */
export interface Leased {
  sequence: number;
  /** From 1. */
  attempt: number;
}

/** What was handed out together, and until when it may be acknowledged; Unix milliseconds. */
export interface Lease {
  token: string;
  startedAt: number;
  until: number;
  deliveries: Leased[];
}

export const leasedShape = shapeOf(listed(record<Leased>({ sequence: always(), attempt: always() })));

interface LeaseRow extends Record<string, SqlStorageValue> {
  token: string;
  started_at: number;
  until: number;
  deliveries: StoredText<Leased[]>;
}

/** What receivers have fetched and not acknowledged: stored, so that an object may sleep meanwhile. */
export class Leases {
  readonly #sql: SqlStorage;
  readonly #open: Map<string, Lease>;
  /** The sequences that are out: a sweep asks for each row that it passes. */
  readonly #out: Set<number>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<LeaseRow>("SELECT token, started_at, until, deliveries FROM leases").toArray();
    this.#open = new Map(
      rows.map(({ token, started_at: startedAt, until, deliveries }) => [
        token,
        { token, startedAt, until, deliveries: leasedShape.read(deliveries) },
      ]),
    );
    const leased = [...this.#open.values()].flatMap(({ deliveries }) => deliveries);
    this.#out = new Set(leased.map(({ sequence }) => sequence));
  }

  /** How many deliveries are out. */
  get count(): number {
    return this.#out.size;
  }

  /** The sequences of those. */
  get sequences(): number[] {
    return [...this.#out];
  }

  /** Whether a delivery is out. */
  has(sequence: number): boolean {
    return this.#out.has(sequence);
  }

  /** When the first of them ends, Unix milliseconds; null = there is none. */
  get endsAt(): number | null {
    const ends = [...this.#open.values()].map(({ until }) => until);
    return ends.length === 0 ? null : Math.min(...ends);
  }

  /** Those that have ended. */
  ended(nowMs: number): Lease[] {
    return [...this.#open.values()].filter(({ until }) => until <= nowMs);
  }

  find(token: string): Lease | null {
    return this.#open.get(token) ?? null;
  }

  /** Part of the caller's transaction. */
  add(lease: Lease): void {
    const { token, startedAt, until, deliveries } = lease;
    this.#sql.exec(
      "INSERT INTO leases (token, started_at, until, deliveries) VALUES (?, ?, ?, ?)",
      ...[token, startedAt, until, leasedShape.write(deliveries)],
    );
    this.#open.set(token, lease);
    for (const { sequence } of deliveries) this.#out.add(sequence);
  }

  /** Part of the caller's transaction. */
  remove(token: string): void {
    this.#sql.exec("DELETE FROM leases WHERE token = ?", token);
    for (const { sequence } of this.#open.get(token)?.deliveries ?? []) this.#out.delete(sequence);
    this.#open.delete(token);
  }
}
