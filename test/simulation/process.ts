import { MUTANTS } from "./mutants/table.ts";
import { planOf } from "./plan.ts";
import type { Job, Result } from "./pool.ts";
import { simulate } from "./run.ts";
import { plant } from "./runtime.ts";
import { keepStrayErrors } from "./stray-errors.ts";

/* A process of the pool: plays one seed after the other. Its argument names a planted bug. */

const VIOLATIONS_TOLD = 20;

const [, , name] = process.argv;
if (name !== undefined) {
  const mutant = MUTANTS.find((one) => one.name === name);
  if (!mutant) throw new Error(`there is no mutant "${name}"`);
  plant(mutant.changes);
}
keepStrayErrors();

process.on("message", (job: Job) => {
  play(job).catch((error: Error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
});

async function play({ seed, part, withHistory }: Job): Promise<void> {
  const plan = planOf(seed);
  if (part) plan.actions = plan.actions.filter((_, place) => part.actions.includes(place));
  const run = await simulate(plan, part ? new Set(part.faults) : null);
  const { attempts, repeats, violations } = run.verdict;
  const result: Result = {
    ...{ seed, attempts, repeats, violations: violations.slice(0, VIOLATIONS_TOLD) },
    ...{ crashes: run.crashes, alarmsSet: run.alarmsSet, elapsedMs: run.elapsedMs },
    ...{ trace: run.trace.toString(16), reached: [...run.reached], faults: [...run.faults] },
    ...(withHistory ? { history: [...run.history] } : {}),
  };
  process.send?.(result);
}
