import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Asked, Ended, Measurement, Told } from "./neighbour-process.ts";

/** How the neighbour fared for a while: what its publishes took, from request to answer. */
export interface Phase {
  name: string;
  count: number;
  /** How many it publishes in that time, where it has a core. */
  expected: number;
  p50Ms: number;
  p99Ms: number;
  mostMs: number;
}

/** The workspace next door, as a process of its own: an attack's own work must not look like the service's. */
export class Neighbour {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  static async start(service: { url: string; key: string }): Promise<Neighbour> {
    const neighbour = new Neighbour(fork(join(import.meta.dirname, "neighbour-process.ts")));
    await neighbour.#ask({ kind: "start", ...service });
    return neighbour;
  }

  /** Measures for so long. */
  async phase(name: string, forMs: number): Promise<Phase> {
    const { timesMs, expected } = (await this.#ask({ kind: "measure", forMs })) as Measurement;
    timesMs.sort((a, b) => a - b);
    const at = (share: number) =>
      timesMs[Math.min(timesMs.length - 1, Math.floor(timesMs.length * share))] ?? 0;
    return { name, count: timesMs.length, expected, p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) };
  }

  /** Stops publishing, and waits for what was accepted to arrive. */
  async end(): Promise<Ended> {
    return (await this.#ask({ kind: "end" })) as Ended;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  async #ask(question: Asked): Promise<Told> {
    const answered = new AbortController();
    try {
      const answer = once(this.#process, "message", answered) as Promise<[Told]>;
      const end = once(this.#process, "exit", answered).then(() => {
        throw new Error("the neighbour's process ended");
      });
      this.#process.send(question);
      const [told] = await Promise.race([answer, end]);
      return told;
    } finally {
      answered.abort();
    }
  }
}
