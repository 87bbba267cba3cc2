import type { IdSeed } from "../../domain/ids.ts";
import { always, row, shapeOf } from "../../domain/stored.ts";
import type { Chance } from "../../domain/surroundings.ts";
import { readStored, writeStored } from "../../storage/schema.ts";

export const seedShape = shapeOf(row<IdSeed>(always(), always(), always()));

/** The log's numbers for its ids, drawn at its first start. */
export function readSeed(sql: SqlStorage, chance: Chance): IdSeed {
  const stored = readStored(sql, "seed", seedShape);
  if (stored !== null) return stored;
  const [a = 0, b = 0, c = 0] = chance.secretNumbers(3);
  const seed: IdSeed = [a, b, c];
  writeStored(sql, "seed", seedShape, seed);
  return seed;
}
