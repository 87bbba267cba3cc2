import { readFileSync } from "node:fs";

/** How long a thread ran, and how long it was ready to run and waited for a core; nanoseconds of its life. */
interface ThreadTimes {
  ran: number;
  waited: number;
}

/**
 * How much of the time that a process's main thread asked for it got, from 0 to 1, since the last look. On a machine that
 * has more to do than it has cores everything takes longer by this, whoever attacks whom. 1 where there is no /proc.
 */
export class ThreadShare {
  readonly #file: string;
  #before: ThreadTimes | null;

  constructor(pid: number) {
    this.#file = `/proc/${pid}/task/${pid}/schedstat`;
    this.#before = this.#times();
  }

  sinceLastLook(): number {
    const [before, now] = [this.#before, this.#times()];
    this.#before = now;
    if (before === null || now === null) return 1;
    const [ran, waited] = [now.ran - before.ran, now.waited - before.waited];
    return ran + waited > 0 ? ran / (ran + waited) : 1;
  }

  #times(): ThreadTimes | null {
    try {
      const [ran = "", waited = ""] = readFileSync(this.#file, "utf8").split(" ");
      return { ran: Number(ran), waited: Number(waited) };
    } catch {
      return null;
    }
  }
}
