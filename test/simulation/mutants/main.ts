import { parseArgs } from "node:util";
import { Pool, type Result } from "../pool.ts";
import { MUTANTS, type Mutant } from "./table.ts";

/**
 * `npm run test:mutants -- [--only text]` plants one bug after the other and prints what finds it; ends with 1 if one
 * survives its seeds.
 */
const { values } = parseArgs({ options: { only: { type: "string", default: "" } } });

const SEEDS = Array.from({ length: 20 }, (_, n) => n + 1);

interface Found {
  seed: number;
  by: string;
}

/** The first seed that breaks, and the promise that it finds broken; null = the bug survives. */
async function find({ name, seeds = SEEDS }: Mutant): Promise<Found | null> {
  const pool = new Pool({ mutant: name });
  let found: Found | null = null;
  const play = async (seed: number) => {
    const by = await pool.run({ seed }).then(brokenBy, (error: Error) => {
      // A place that is not there is no bug that was found.
      if (error.message.includes("where a mutant changes it")) throw error;
      return error.message.split("\n")[0] ?? "";
    });
    if (by !== null && (found === null || seed < found.seed)) found = { seed, by };
  };
  try {
    await pool.forAll(seeds, play, () => found !== null);
  } finally {
    pool.end();
  }
  return found;
}

function brokenBy({ violations }: Result): string | null {
  const [first] = violations;
  return first ? `${first.kind}: ${first.text.split("\n")[0]}` : null;
}

let survivors = 0;
for (const mutant of MUTANTS.filter(({ name }) => name.includes(values.only))) {
  const found = await find(mutant).catch((error: Error) => error);
  if (found === null || found instanceof Error) survivors++;
  const what =
    found instanceof Error
      ? `NOT PLANTED ${found.message}`
      : found
        ? `seed ${found.seed} ${found.by}`
        : "SURVIVES";
  console.log(`${mutant.name.padEnd(75)} ${what.slice(0, 120)}`);
}
console.log(`${survivors} survive`);
process.exitCode = survivors === 0 ? 0 : 1;
