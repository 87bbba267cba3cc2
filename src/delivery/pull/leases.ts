import {
  allLeases,
  deleteLease,
  insertLease,
  type Lease,
  markBeforeResume,
  type NewLease,
} from "../tables/leases.ts";

/** What receivers have fetched and not acknowledged: stored, so that an object may sleep meanwhile. */
export class Leases {
  readonly #sql: SqlStorage;
  readonly #open: Map<string, Lease>;
  /** The sequences that are out: a sweep asks for each row that it passes. */
  readonly #out: Set<number>;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#open = new Map(allLeases(sql).map((lease) => [lease.token, lease]));
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

  /** The leases that have ended. */
  ended(nowMs: number): Lease[] {
    return [...this.#open.values()].filter(({ until }) => until <= nowMs);
  }

  find(token: string): Lease | null {
    return this.#open.get(token) ?? null;
  }

  /** Part of the caller's transaction. */
  add(lease: NewLease): void {
    insertLease(this.#sql, lease);
    this.#open.set(lease.token, { ...lease, beganBeforeResume: false });
    for (const { sequence } of lease.deliveries) this.#out.add(sequence);
  }

  /** Somebody resumes the endpoint. Part of the caller's transaction. */
  noteResumed(): void {
    markBeforeResume(this.#sql);
    for (const lease of this.#open.values()) lease.beganBeforeResume = true;
  }

  /** Part of the caller's transaction. */
  remove(token: string): void {
    deleteLease(this.#sql, token);
    for (const { sequence } of this.#open.get(token)?.deliveries ?? []) this.#out.delete(sequence);
    this.#open.delete(token);
  }
}
