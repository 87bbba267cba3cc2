import type { IdSeed } from "../domain/ids.ts";
import { readMeta, writeMeta } from "../storage/schema.ts";

/** The log's numbers for its ids, drawn at its first start. */
export function readSeed(sql: SqlStorage): IdSeed {
  const stored = readMeta<string>(sql, "seed");
  if (stored !== null) return JSON.parse(stored);
  const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint32Array(3));
  const seed: IdSeed = [a, b, c];
  writeMeta(sql, "seed", JSON.stringify(seed));
  return seed;
}
