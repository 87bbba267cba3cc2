/** What `work` takes on the machine of which the bounds are, milliseconds. */
const REFERENCE_MS = 1.35;

/** However slow a machine is, it must not make up for a service that stops. */
const MOST = 2;

const SAMPLE = JSON.stringify(
  Array.from({ length: 400 }, (_, n) => ({
    id: `evt_${n}`,
    tags: ["a", "b"],
    data: { n, text: "x".repeat(40) },
  })),
);

/**
 * How many times longer this machine takes for a thread's work than the one of which the bounds are, 1 at the least: what one piece of
 * work may hold the thread for is bounded in steps, not in milliseconds. The quickest of many runs, so that what else runs
 * beside it does not count.
 */
export function slowness(): number {
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 40; run++) {
    const startedAt = performance.now();
    work();
    quickestMs = Math.min(quickestMs, performance.now() - startedAt);
  }
  return Math.min(MOST, Math.max(1, quickestMs / REFERENCE_MS));
}

/** As the service works most: reads, looks through and writes JSON. */
function work(): number {
  let seen = 0;
  for (let n = 0; n < 8; n++) {
    const events = JSON.parse(SAMPLE) as { id: string; data: { text: string } }[];
    for (const { id, data } of events) if (/^evt_\d*7$/.test(id) && data.text.endsWith("x")) seen++;
    seen += JSON.stringify(events).length;
  }
  return seen;
}
