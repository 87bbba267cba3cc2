import type { Play } from "../play.ts";
import { configurationViolations } from "./configuration.ts";
import { keyViolations } from "./keys.ts";
import { limitViolations } from "./limits.ts";
import { losses } from "./losses.ts";
import { metricViolations } from "./metrics.ts";
import { brokenOrder } from "./order.ts";
import { pulledViolations } from "./pulled.ts";
import { readBack } from "./read-back.ts";
import { recordViolations } from "./records.ts";
import { repeats } from "./repeats.ts";
import { scheduleViolations } from "./schedule.ts";
import type { Violation } from "./violation.ts";

/** What became of a run. */
export interface Verdict {
  attempts: number;
  repeats: number;
  violations: Violation[];
}

/** Holds what arrived, and what the API tells, against what was acknowledged. Asks the API while nothing is at fault. */
export async function judge(play: Play): Promise<Verdict> {
  const read = await readBack(play);
  const repeated = repeats(play);
  return {
    attempts: play.service.receivers.arrivals.length,
    repeats: repeated.count,
    violations: [
      ...losses(play, read),
      ...brokenOrder(play, read),
      ...keyViolations(play, read),
      ...repeated.violations,
      ...pulledViolations(play, read),
      ...scheduleViolations(play),
      ...limitViolations(play),
      ...recordViolations(play, read),
      ...(await metricViolations(play, read)),
      ...(await configurationViolations(play)),
      ...play.client.surprises.map((text): Violation => ({ kind: "answers", text })),
    ],
  };
}
