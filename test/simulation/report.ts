import { neverReached } from "./points.ts";
import type { Result } from "./pool.ts";

const VIOLATIONS_PRINTED = 5;

/** What many runs came to, as text. */
export class Report {
  readonly #results: Result[] = [];
  readonly #startedAt = Date.now();

  add(result: Result): void {
    this.#results.push(result);
  }

  ofSeed({ seed, attempts, elapsedMs, trace, violations }: Result): string {
    const hours = (elapsedMs / 3_600_000).toFixed(1);
    const head = `seed ${seed}: ${attempts} attempts in ${hours} h, ${violations.length} violations, trace ${trace}`;
    return [
      head,
      ...violations.slice(0, VIOLATIONS_PRINTED).map(({ kind, text }) => `  ${kind}: ${text}`),
    ].join("\n");
  }

  /** How often each dangerous point was reached. */
  reached(): string {
    return [...this.#reached()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([point, times]) => `${String(times).padStart(8)}  ${point}`)
      .join("\n");
  }

  /** The points that so many seeds should have reached, and did not. */
  neverReached(): string[] {
    return neverReached(this.#reached(), this.#results.length);
  }

  cost(): string {
    const hours = Math.round(this.#sum(({ elapsedMs }) => elapsedMs) / 3_600_000);
    const seconds = Math.round((Date.now() - this.#startedAt) / 1000);
    const perAttempt =
      this.#sum(({ alarmsSet }) => alarmsSet) /
      Math.max(
        1,
        this.#sum(({ attempts }) => attempts),
      );
    const other = this.#results
      .flatMap(({ violations }) => violations)
      .filter(({ kind }) => !["lost", "order"].includes(kind)).length;
    return `${hours} h in ${seconds} s, ${perAttempt.toFixed(2)} alarms set per attempt, other violations ${other}`;
  }

  summary(): string {
    const broken = (kind: string) =>
      this.#sum(({ violations }) => violations.filter((one) => one.kind === kind).length);
    const { length } = this.#results;
    const attempts = this.#sum((result) => result.attempts);
    const crashes = this.#sum((result) => result.crashes);
    const repeats = this.#sum((result) => result.repeats);
    return `seeds ${length}, attempts ${attempts}, crashes ${crashes}, lost ${broken("lost")}, order ${broken("order")}, repeats ${repeats}`;
  }

  #sum(of: (result: Result) => number): number {
    return this.#results.reduce((total, result) => total + of(result), 0);
  }

  #reached(): Map<string, number> {
    const reached = new Map<string, number>();
    for (const [point, times] of this.#results.flatMap((result) => result.reached))
      reached.set(point, (reached.get(point) ?? 0) + times);
    return reached;
  }
}
