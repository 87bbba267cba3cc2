import { parseArgs } from "node:util";
import { Pool, type Result } from "./pool.ts";
import { Report } from "./report.ts";
import { shrink } from "./shrink.ts";

/**
 * `npm run test:sim -- [--seeds 100] [--from 0] [--minutes 60] [--shrink 3] [--workers 2]` plays many seeds and makes
 * some of those that fail small; `--seed n [--trace]` plays one, and
 * prints all that happens. Ends with 1 if a promise was broken, or a dangerous point was never reached.
 */
const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "0" },
    minutes: { type: "string", default: "60" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    shrink: { type: "string", default: "3" },
    workers: { type: "string" },
  },
});

const pool = new Pool(values.workers === undefined ? {} : { workers: Number(values.workers) });
const report = new Report();
const ok = values.seed === undefined ? await playMany() : await playOne(Number(values.seed));
pool.end();
process.exitCode = ok ? 0 : 1;

async function playOne(seed: number): Promise<boolean> {
  const result = await pool.run({ seed, withHistory: values.trace });
  report.add(result);
  for (const { at, what } of result.history ?? []) console.log(`${(at / 1000).toFixed(3)} ${what}`);
  console.log(report.ofSeed(result));
  if (!values.trace) await explain([result]);
  console.log(report.summary());
  return result.violations.length === 0;
}

async function playMany(): Promise<boolean> {
  const seeds = Array.from({ length: Number(values.seeds) }, (_, n) => n + Number(values.from));
  const endsAt = Date.now() + Number(values.minutes) * 60_000;
  const failing: Result[] = [];
  let unplayed = 0;
  const play = async (seed: number) => {
    try {
      const result = await pool.run({ seed });
      report.add(result);
      if (result.violations.length === 0) return;
      failing.push(result);
      console.log(report.ofSeed(result));
    } catch (error) {
      unplayed++;
      console.log(error instanceof Error ? error.message : error);
    }
  };
  await pool.forAll(seeds, play, () => Date.now() > endsAt);
  await explain(failing);
  console.log(report.reached());
  const missing = report.neverReached();
  for (const point of missing) console.log(`never reached: ${point}`);
  console.log(report.cost());
  console.log(report.summary());
  return failing.length + unplayed + missing.length === 0;
}

/** Prints how failing seeds came to it, made as small as possible. */
async function explain(failing: readonly Result[]): Promise<void> {
  const broken = failing.filter(({ violations }) => violations.length > 0);
  for (const result of broken.slice(0, Number(values.shrink))) {
    console.log(`\nseed ${result.seed}, made small:`);
    for (const line of await shrink(pool, result)) console.log(line);
    console.log(`Repeat it: npm run test:sim -- --seed ${result.seed} --trace\n`);
  }
}
