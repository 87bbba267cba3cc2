import { parseArgs } from "node:util";
import { realNow } from "./globals.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./run.ts";
import { dropWhatLivesLeave } from "./stray-errors.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string", default: "20" }, trace: { type: "boolean" } },
});
dropWhatLivesLeave();
const print = console.log;
const started = realNow();
const seeds =
  values.seed === undefined
    ? Array.from({ length: Number(values.seeds) }, (_, n) => n + Number(process.env.FROM ?? 1))
    : [Number(values.seed)];
const reached = new Map<string, number>();
let attempts = 0,
  alarms = 0;
for (const seed of seeds) {
  const at = realNow();
  const run = await simulate(planOf(seed));
  const { verdict } = run;
  attempts += verdict.attempts;
  alarms += run.alarmsSet;
  for (const [point, count] of run.reached) reached.set(point, (reached.get(point) ?? 0) + count);
  print(
    `seed ${seed}${run.plan.isCalm ? " calm" : ""}: ${verdict.attempts} attempts, repeats ${verdict.repeats}, ${verdict.violations.length} violations, ${run.alarmsSet} alarms, ${(run.elapsedMs / 3_600_000).toFixed(1)} h in ${realNow() - at} ms, trace ${run.trace.toString(16)}`,
  );
  for (const { kind, text } of verdict.violations.slice(0, Number(process.env.SHOW ?? 8)))
    print(`   ${kind}: ${text}`);
  if (values.trace) for (const { at, what } of run.history) print(`${(at / 1000).toFixed(3)} ${what}`);
}
if (values.seed === undefined)
  for (const [point, count] of [...reached].sort()) print(String(count).padStart(8), point);
print(
  `${attempts} attempts, ${(alarms / attempts).toFixed(2)} alarms per attempt, ${((realNow() - started) / 1000).toFixed(1)} s`,
);
process.exit();
