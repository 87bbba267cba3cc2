import { parseArgs } from "node:util";
import { runCrashTest } from "./run.ts";

/** `npm run test:crash -- [--seconds 170] [--kills n] [--seed n]`; ends with 1 if a promise was broken. */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "170" },
    kills: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const seconds = Number(values.seconds);
// Of the whole time, about a third goes to delivering what is left, archiving and reading back.
const publishMs = seconds * 1000 * 0.6;
const kills = Number(values.kills ?? Math.max(5, Math.round(publishMs / 4500)));
process.exitCode = (await runCrashTest({ seed: Number(values.seed), publishMs, kills })) ? 0 : 1;
