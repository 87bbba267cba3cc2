import { logLine } from "../service-log.ts";
import { followChange } from "./follow-change.ts";
import type { EndpointParts } from "./parts.ts";
import type { Runner } from "./runner.ts";

/** What an endpoint does whose receivers listen when one of them comes, and when the last one leaves. */
export class Listeners {
  readonly #parts: EndpointParts;
  readonly #runner: Runner;

  constructor(parts: EndpointParts, runner: Runner) {
    this.#parts = parts;
    this.#runner = runner;
  }

  /** Somebody listens: what waits for that goes on. */
  async noteListener(): Promise<void> {
    if (!(await this.#runner.exists())) return;
    this.#parts.transport.tunnel.noteListener();
    this.#runner.goOn();
    await this.#undoDeparture();
  }

  /** One who came while D1 did not know the pause yet was let in without ending it. Throws if D1 cannot be told. */
  async #undoDeparture(): Promise<void> {
    const { configuration, departure } = this.#parts;
    if (departure.endsAt === null) return;
    // The pause first, and the version that it made: a change that was decided on the one before would be refused.
    await configuration.report();
    await this.#runner.adopt(null);
    if (!this.#runner.isReady || departure.endsAt === null) return;
    this.#runner.change(() => {
      const before = configuration.current;
      departure.undo();
      followChange(before, configuration.current, this.#parts);
    });
    this.#runner.start();
    await configuration.report();
  }

  /** The last who listened left. Whether that paused it. */
  async noteLeaving(): Promise<boolean> {
    const { configuration, departure, endpointId, surroundings } = this.#parts;
    if (!(await this.#runner.exists()) || !departure.isPossible) return false;
    this.#runner.change(() => departure.leave(surroundings.nowMs()));
    configuration.report().catch((error) => {
      logLine("warn", "could not tell D1 a status", { endpoint: endpointId(), error });
    });
    return true;
  }
}
