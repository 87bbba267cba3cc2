import { always, listed, record, type StoredText, shapeOf } from "../../domain/stored.ts";

/* The table `leases`: what receivers fetched and have not acknowledged. Changes are part of the caller's transaction. */

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
  /** Whether somebody has resumed the endpoint since: see `DecideInput`. */
  beganBeforeResume: boolean;
}

export type NewLease = Omit<Lease, "beganBeforeResume">;

export const leasedShape = shapeOf(listed(record<Leased>({ sequence: always(), attempt: always() })));

interface LeaseRow extends Record<string, SqlStorageValue> {
  token: string;
  started_at: number;
  until: number;
  deliveries: StoredText<Leased[]>;
  before_resume: number;
}

/** All that are stored. */
export function allLeases(sql: SqlStorage): Lease[] {
  return sql
    .exec<LeaseRow>("SELECT token, started_at, until, deliveries, before_resume FROM leases")
    .toArray()
    .map(({ token, started_at: startedAt, until, deliveries, before_resume: beforeResume }) => ({
      ...{ token, startedAt, until, deliveries: leasedShape.read(deliveries) },
      beganBeforeResume: beforeResume === 1,
    }));
}

/** Stores one, which has just been handed out. */
export function insertLease(sql: SqlStorage, { token, startedAt, until, deliveries }: NewLease): void {
  sql.exec(
    "INSERT INTO leases (token, started_at, until, deliveries) VALUES (?, ?, ?, ?)",
    ...[token, startedAt, until, leasedShape.write(deliveries)],
  );
}

/** Somebody resumes the endpoint: all that are out began before that. */
export function markBeforeResume(sql: SqlStorage): void {
  sql.exec("UPDATE leases SET before_resume = 1 WHERE before_resume = 0");
}

/** Drops one, if it is there. */
export function deleteLease(sql: SqlStorage, token: string): void {
  sql.exec("DELETE FROM leases WHERE token = ?", token);
}
