import type { Attempt } from "../../domain/delivery.ts";
import { attemptShape, attemptsShape } from "../../domain/delivery-shapes.ts";
import type { StoredText } from "../../domain/stored.ts";
import { attemptsOf } from "../tables/deliveries.ts";
import type { ClaimedDelivery } from "./claim.ts";

/** Records of attempts that one delivery keeps; only one started anew again and again has more. */
const ATTEMPTS_KEPT = 25;

/**
 * What one delivery's records may take. A row holds 2 MB, of which up to 1 MiB is the event; hostile answers (16 KiB of
 * control characters are 96 KiB as JSON) would fill it.
 */
const MAX_BYTES = 512 * 1024;

/** The records of a delivery's attempts with one more, for its row. Beyond its bound the oldest lose their answer's body and headers. */
export function recordsWith(
  sql: SqlStorage,
  { sequence, attemptCount }: Pick<ClaimedDelivery, "sequence" | "attemptCount">,
  attempt: Attempt,
): StoredText<Attempt[]> {
  const before = attemptCount === 0 ? [] : recordsOf(sql, sequence);
  const records = [...before, attempt].slice(-ATTEMPTS_KEPT).map((record) => attemptShape.write(record));
  let bytes = records.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  for (let n = 0; bytes > MAX_BYTES && n < records.length - 1; n++) {
    const text = records[n];
    if (text === undefined) break;
    const rest = attemptShape.write(withoutAnswer(attemptShape.read(text)));
    records[n] = rest;
    bytes -= Buffer.byteLength(text) - Buffer.byteLength(rest);
  }
  return `[${records.join(",")}]` as StoredText<Attempt[]>;
}

function recordsOf(sql: SqlStorage, sequence: number): Attempt[] {
  const stored = attemptsOf(sql, sequence);
  return stored ? attemptsShape.read(stored) : [];
}

function withoutAnswer(attempt: Attempt): Attempt {
  if (attempt.response === null) return attempt;
  return { ...attempt, response: { ...attempt.response, headers: {}, body: "", truncated: true } };
}
