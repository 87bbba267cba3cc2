import type { PlayedEndpoint } from "../model.ts";
import type { Play } from "../play.ts";
import type { Arrival } from "../receiver.ts";
import type { Violation } from "./violation.ts";

/** What an object may have in flight, whatever the endpoint asks for. */
const SLOTS = 6;

/** A crash repeats at most what was in flight, or not yet on record: promise 2. */
export function repeats(play: Play): { count: number; violations: Violation[] } {
  let count = 0;
  const found: string[] = [];
  for (const endpoint of play.all) {
    if (endpoint.hasNoSequence) continue;
    const mine = play.service.receivers.arrivals.filter((one) => one.endpoint === endpoint.id);
    const byLife = repeatsByLife(mine);
    for (const [life, many] of byLife) {
      count += many;
      if (many > allowed(endpoint))
        found.push(`endpoint ${endpoint.number}: life ${life} repeated ${many} successes of earlier ones`);
    }
    if (play.plan.isCalm && byLife.size > 0)
      found.push(`endpoint ${endpoint.number}: a success was repeated without a crash`);
  }
  return { count, violations: found.map((text) => ({ kind: "repeats", text })) };
}

/** Successes that came again, by the life that sent them again. */
export function repeatsByLife(arrivals: readonly Arrival[]): Map<number, number> {
  const succeeded = new Set<number>();
  const byLife = new Map<number, number>();
  for (const { sequence, status, life } of [...arrivals].sort(
    (a, b) => a.life - b.life || a.sentAt - b.sentAt,
  )) {
    if (status !== 200 || !sequence) continue;
    if (succeeded.has(sequence)) byLife.set(life, (byLife.get(life) ?? 0) + 1);
    succeeded.add(sequence);
  }
  return byLife;
}

/** With `serialize` one, otherwise what was in flight and one group of records. */
function allowed(endpoint: PlayedEndpoint): number {
  if (endpoint.isSurely("serialize", true)) return 1;
  const most = Math.max(
    ...endpoint.during("max_in_flight", 0, Number.POSITIVE_INFINITY).map((one) => one ?? 0),
  );
  return 2 * Math.min(most, SLOTS);
}
