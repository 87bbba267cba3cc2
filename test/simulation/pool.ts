import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Violation } from "./verdict/violation.ts";
import type { Note } from "./world.ts";

/** What a process is asked: to play a seed, all of it or a part. */
export interface Job {
  seed: number;
  part?: Part;
  withHistory?: boolean;
}

/** A part of a seed's history: which actions of its plan, by their places in it, and which of its faults. */
export interface Part {
  actions: readonly number[];
  faults: readonly string[];
}

/** What it answers. */
export interface Result {
  seed: number;
  attempts: number;
  repeats: number;
  crashes: number;
  alarmsSet: number;
  /** Milliseconds of the simulated world. */
  elapsedMs: number;
  trace: string;
  violations: Violation[];
  reached: [point: string, times: number][];
  /** Each fault that happened, by its place. */
  faults: string[];
  history?: Note[];
}

/** A process keeps a little of each history: after so many seeds it is replaced. */
const SEEDS_PER_PROCESS = 200;

/** A run takes seconds of a core; one that takes longer than this goes round in circles. What others have of the core does not count. */
const LONGEST_RUN_SECONDS = 180;

/** In which Linux counts the time that a process had of a core. */
const TICKS_PER_SECOND = 100;

const PROCESS = join(import.meta.dirname, "process.ts");

interface PoolOptions {
  /** The planted bug that the source is to have. */
  mutant?: string;
  /** How many processes play at once: as a rule, one for each core. */
  workers?: number;
}

/** Plays seeds in processes of their own: a world takes a process's clock, timers and chance for itself. */
export class Pool {
  readonly #mutant: string | null;
  readonly #workers: number;
  readonly #idle: Player[] = [];

  constructor({ mutant, workers = availableParallelism() }: PoolOptions = {}) {
    this.#mutant = mutant ?? null;
    this.#workers = workers;
  }

  /** Plays a seed. Rejects if it cannot be played. */
  async run(job: Job): Promise<Result> {
    const player = this.#idle.pop() ?? new Player(this.#mutant);
    try {
      return await player.play(job);
    } finally {
      if (player.isFit) this.#idle.push(player);
      else player.end();
    }
  }

  /** Does something with each seed, with as many at once as there are workers, until `isOver`. */
  async forAll(
    seeds: readonly number[],
    play: (seed: number) => Promise<void>,
    isOver: () => boolean,
  ): Promise<void> {
    const left = seeds.values();
    const playOn = async (): Promise<void> => {
      for (const seed of left) {
        if (isOver()) return;
        await play(seed);
      }
    };
    await Promise.all(Array.from({ length: this.#workers }, playOn));
  }

  end(): void {
    for (const player of this.#idle.splice(0)) player.end();
  }
}

/** A process that plays one seed at a time. */
class Player {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;
  #played = 0;
  #isOver = false;

  constructor(mutant: string | null) {
    this.#child = fork(PROCESS, mutant === null ? [] : [mutant], {
      execArgv: ["--no-warnings"],
      stdio: ["ignore", "inherit", "pipe", "ipc"],
    });
    let errors = "";
    this.#child.stderr?.on("data", (text) => {
      errors += text;
    });
    this.#ended = new Promise((_, reject) => {
      this.#child.once("close", (code) => {
        this.#isOver = true;
        reject(new Error(`its process ended with ${code}: ${errors.slice(0, 2000)}`));
      });
    });
    this.#ended.catch(() => {});
  }

  get isFit(): boolean {
    return !this.#isOver && this.#played < SEEDS_PER_PROCESS;
  }

  play(job: Job): Promise<Result> {
    this.#played++;
    const answered = new Promise<Result>((resolve) =>
      this.#child.once("message", (result) => resolve(result as Result)),
    );
    this.#child.send(job);
    const before = coreSecondsOf(this.#child.pid) ?? 0;
    let seconds = 0;
    const clock = setInterval(() => {
      seconds++;
      const used = coreSecondsOf(this.#child.pid);
      if ((used === null ? seconds : used - before) > LONGEST_RUN_SECONDS) this.end();
    }, 1000);
    return Promise.race([answered, this.#ended]).finally(() => clearInterval(clock));
  }

  end(): void {
    this.#child.kill();
  }
}

/** How long a process has had a core; null = the system does not tell. */
function coreSecondsOf(pid: number | undefined): number | null {
  try {
    const [, rest = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
    const fields = rest.split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
