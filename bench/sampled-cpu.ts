import type { Inspector } from "./inspector.ts";

/** How often V8 looks at what the isolate does, microseconds. */
const INTERVAL_US = 250;

/** V8's own frames in which no code of the Worker runs. */
const NOT_OURS = new Set(["(root)", "(program)", "(idle)"]);

interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[];
  /** The node of each sample. */
  samples: number[];
  /** Microseconds between a sample and the one before. */
  timeDeltas: number[];
}

/**
 * Milliseconds of CPU time that the code of an isolate used while something ran, garbage collection and what it calls
 * (SQL, cryptography) with it; not what workerd does around it, such as its network and disk. V8 samples an isolate only
 * while it runs: a longer pause before the next sample is none of its time.
 */
export async function sampledCpuMs(inspector: Inspector, run: () => Promise<unknown>): Promise<number> {
  await inspector.ask("Profiler.enable");
  await inspector.ask("Profiler.setSamplingInterval", { interval: INTERVAL_US });
  await inspector.ask("Profiler.start");
  await run();
  const { profile } = await inspector.ask<{ profile: Profile }>("Profiler.stop");
  await inspector.ask("Profiler.disable");
  const notOurs = new Set(
    profile.nodes.filter(({ callFrame }) => NOT_OURS.has(callFrame.functionName)).map(({ id }) => id),
  );
  let microseconds = 0;
  for (const [i, node] of profile.samples.entries()) {
    const untilNext = profile.timeDeltas[i + 1] ?? INTERVAL_US;
    // A sample that comes late was held up, by the sampling too: it stands for two at the most.
    if (!notOurs.has(node)) microseconds += Math.min(untilNext, 2 * INTERVAL_US);
  }
  return microseconds / 1000;
}
