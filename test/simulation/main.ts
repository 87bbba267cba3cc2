import { parseArgs } from "node:util";
import { planFor, simulate } from "./run.ts";
import { dropWhatLivesLeave, realNow } from "./world.ts";

const { values } = parseArgs({
  options: { seed: { type: "string" }, seeds: { type: "string", default: "20" }, trace: { type: "boolean" } },
});
dropWhatLivesLeave();
const print = console.log;
console.warn = console.error = () => {};
const started = realNow();
const seeds =
  values.seed === undefined
    ? Array.from({ length: Number(values.seeds) }, (_, n) => n + 1)
    : [Number(values.seed)];
const reached = new Map<string, number>();
let attempts = 0;
let alarms = 0;
for (const seed of seeds) {
  const at = realNow();
  const run = await simulate(planFor(seed)).catch((error: unknown) => error as Error);
  if (run instanceof Error) {
    print(`seed ${seed}: ${run.stack}`);
    continue;
  }
  const { verdict } = run;
  attempts += verdict.attempts;
  alarms += run.setAlarms;
  for (const [point, count] of run.reached) reached.set(point, (reached.get(point) ?? 0) + count);
  const bad = [...verdict.lost, ...verdict.order, ...verdict.broken];
  print(
    `seed ${seed}: ${verdict.attempts} attempts, repeats ${verdict.repeats}, lost ${verdict.lost.length} order ${verdict.order.length} broken ${verdict.broken.length}, ${(run.elapsedMs / 3_600_000).toFixed(1)} h in ${realNow() - at} ms, trace ${run.trace.toString(16)}`,
  );
  for (const what of bad.slice(0, 6)) print(`   ${what}`);
  if (values.trace) for (const { at, what } of run.history) print(`${(at / 1000).toFixed(3)} ${what}`);
}
if (values.seed === undefined)
  for (const [point, count] of [...reached].sort()) print(String(count).padStart(8), point);
print(
  `${attempts} attempts, ${(alarms / attempts).toFixed(2)} alarms per attempt, ${((realNow() - started) / 1000).toFixed(1)} s`,
);
process.exit();
