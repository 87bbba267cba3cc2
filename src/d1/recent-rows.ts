import { isWithin, type Reach } from "../domain/scope.ts";
import type { EndpointRow } from "./tables.ts";

/*
 * Endpoints' rows as this isolate wrote them last, for a further change soon after: D1 takes a change only of the
 * version that it was made from, so a row that is not the newest any more is noticed, and a change need not read first.
 * On one machine that spares everybody an fsync for each change: D1 makes one for each query there, of reads too.
 */

/** Beyond it what a row tells beside its version, as its health, is too old. */
const USABLE_MS = 10_000;

/** A row has up to 200 KiB or so. */
const MAX_ROWS = 50;

const rows = new Map<string, { row: EndpointRow; atMs: number }>();

/** Keeps a row that was just written. */
export function keepRow(row: EndpointRow, nowMs: number): void {
  rows.delete(row.id);
  rows.set(row.id, { row, atMs: nowMs });
  const [oldest] = rows.keys();
  if (rows.size > MAX_ROWS && oldest !== undefined) rows.delete(oldest);
}

/** Takes out the row that was written here lately; undefined if there is none. It may not be the newest any more. */
export function withdrawRow(
  { workspaceId, scope }: Reach,
  endpointId: string,
  nowMs: number,
): EndpointRow | undefined {
  const kept = rows.get(endpointId);
  rows.delete(endpointId);
  const ageMs = nowMs - (kept?.atMs ?? 0);
  if (kept?.row.workspaceId !== workspaceId || !isWithin(scope, kept.row)) return undefined;
  return ageMs >= 0 && ageMs < USABLE_MS ? kept.row : undefined;
}
