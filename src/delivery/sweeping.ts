import { paceOf } from "../storage/rounds.ts";
import type { EndpointParts } from "./parts.ts";

/** What a step takes of the thread, at least, milliseconds: a whole round of it. */
const STEP_MS = 3;

/** Between two steps no more passes than this, however long the first took, milliseconds. */
const LONGEST_PAUSE_MS = 100;

export interface SweepingPort {
  parts: Pick<EndpointParts, "configuration" | "existence" | "health" | "surroundings" | "sweeps" | "tail">;
  change(change: () => void): void;
  /** Starts whatever may start, the next step among it. */
  start(): void;
}

/**
 * Has an endpoint's sweeps go on. Each may pass a million deliveries, and hundreds of endpoints may sweep at once: so steps rest as
 * long as they took, and after the first one of each no round of the thread has more than one.
 */
export class Sweeping {
  readonly #port: SweepingPort;
  #isUnderWay = false;

  constructor(port: SweepingPort) {
    this.#port = port;
  }

  /** Whether the next step is to come. */
  get isUnderWay(): boolean {
    return this.#isUnderWay;
  }

  /** A step now and each further one in a macrotask of its own, so that attempts and requests go on between. */
  goOn(): void {
    const { configuration, existence, surroundings, sweeps } = this.#port.parts;
    if (this.#isUnderWay || existence.isErased || sweeps.isDone) return;
    const tookMs = this.#step();
    if (sweeps.isDone) return;
    this.#isUnderWay = true;
    const pace = paceOf(configuration.current.config.workspaceId, surroundings, true);
    surroundings.after(Math.min(tookMs, LONGEST_PAUSE_MS), () =>
      pace.run(() => {
        this.#isUnderWay = false;
        this.#port.start();
      }, STEP_MS),
    );
  }

  /** Returns how long it took, milliseconds; where the clock stands still meanwhile, nothing. */
  #step(): number {
    const { health, surroundings, sweeps, tail } = this.#port.parts;
    const startedAt = surroundings.nowMs();
    this.#port.change(() => {
      const canceled = sweeps.step(startedAt);
      health.countCanceled(canceled);
      tail.noteSkipped(canceled);
    });
    return Math.max(0, surroundings.nowMs() - startedAt);
  }
}
