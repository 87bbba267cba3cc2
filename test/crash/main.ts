import { parseArgs } from "node:util";
import { runCrashTest } from "./run.ts";

/** So much time lies between two kills, as a rule: a start, publishing, and attempts under way at the next. */
const BETWEEN_KILLS_MS = 4500;

/** About a third of the whole time goes to delivering what is left, archiving and reading back. */
const PUBLISHING = 0.6;

/**
 * `npm run test:crash -- [--seconds 170] [--kills n] [--seed n]`: so many seconds with as many kills as fit, or so many kills
 * in the time that they take. Ends with 1 if a promise was broken. With `SLOTS_PER_OBJECT=6` in front, as on Cloudflare, what
 * endpoints want beyond six connections goes by senders; a crash may repeat no more for it.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    kills: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const asked = values.kills === undefined ? null : Number(values.kills);
const seconds = Number(
  values.seconds ?? (asked === null ? 170 : (asked * BETWEEN_KILLS_MS) / PUBLISHING / 1000),
);
const publishMs = seconds * 1000 * PUBLISHING;
const kills = asked ?? Math.max(5, Math.round(publishMs / BETWEEN_KILLS_MS));
process.exitCode = (await runCrashTest({ seed: Number(values.seed), publishMs, kills })) ? 0 : 1;
