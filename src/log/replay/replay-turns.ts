import { InvocationBudget } from "../../domain/invocation-budget.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { logRetried } from "../../service-log.ts";

/** Subrequests of a job in one invocation: what hand-over and the other job leave of them. */
const SUBREQUESTS_PER_INVOCATION = 2000;

/** Jobs of one log that make a step at once. A job that waits for its time is none of them. */
const STEPS_AT_ONCE = 2;

/** How long a job rests whose endpoint has as much pending as it may, or does not answer. */
export const WAIT_MS = 2000;

/** What the lowest rate, 0.01 a second, takes for an event. */
export const LONGEST_REST_MS = 100_000;

/** What is to rest longer was stored before the clock was set back. */
const REST_IN_DOUBT_MS = 2 * LONGEST_REST_MS;

/** A job that runs. */
export interface RunningJob {
  id: string;
  /** Its next events are not sent before this, Unix milliseconds. */
  notBefore: number;
}

export interface ReplayTurnsPort {
  nowMs(): number;
  timers: Clock & Timers;
  /** The jobs that run, by age. */
  running(): RunningJob[];
  /** One step of a job. Returns the subrequests that it may have made. */
  step(id: string): Promise<number>;
  /** Asks for an alarm at this time, Unix milliseconds. */
  wakeBy(atMs: number): void;
}

/**
 * Which jobs make a step: those whose time has come, whoever waited longest first, each one step at a time. A job that rests,
 * for its rate or after a failure, holds up nobody. A timer comes back to a short rest, an alarm to a longer one, and to both
 * should the object be lost: one of each, however many jobs there are.
 */
export class ReplayTurns {
  readonly #port: ReplayTurnsPort;
  readonly #underWay = new Set<string>();
  /** Until when jobs rest that could not go on, Unix milliseconds. */
  readonly #rests = new Map<string, number>();
  /** Rises with each turn; the places of jobs in the line are taken from it. */
  #turns = 0;
  readonly #places = new Map<string, number>();
  /** What jobs may do until an alarm or a request comes. */
  readonly #budgets = new Map<string, InvocationBudget>();
  #timer: { atMs: number; takeBack(): void } | null = null;

  constructor(port: ReplayTurnsPort) {
    this.#port = port;
  }

  /** Whether no job makes a step. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** A job makes no step before this, Unix milliseconds. */
  rest(id: string, untilMs: number): void {
    this.#rests.set(id, untilMs);
  }

  /** Goes on with every job that runs, in an invocation that begins. */
  begin(): void {
    this.#budgets.clear();
    this.goOn();
  }

  /** Lets as many jobs make a step as may. */
  goOn(): void {
    const now = this.#port.nowMs();
    let restsEndAt = Number.POSITIVE_INFINITY;
    for (const job of this.#inLine()) {
      const restsUntil = this.#restsUntil(job);
      if (restsUntil > now) restsEndAt = Math.min(restsEndAt, restsUntil);
      else if (this.#underWay.size < STEPS_AT_ONCE) this.#start(job.id);
    }
    this.#comeBackAt(restsEndAt);
  }

  /** When the jobs want to be looked at again, should nobody come back to them before, Unix milliseconds; null = none runs. */
  nextDueAt(): number | null {
    const jobs = this.#port.running();
    if (jobs.length === 0) return null;
    const first = Math.min(...jobs.map((job) => this.#restsUntil(job)));
    return Math.max(first, this.#port.nowMs() + WAIT_MS);
  }

  /** The jobs that make no step just now. Who is seen first, or has had a turn, is the last of them. */
  #inLine(): RunningJob[] {
    const jobs = this.#port.running();
    const known = new Set(jobs.map(({ id }) => id));
    for (const memory of [this.#rests, this.#places, this.#budgets])
      for (const id of memory.keys()) if (!known.has(id)) memory.delete(id);
    for (const { id } of jobs) if (!this.#places.has(id)) this.#places.set(id, ++this.#turns);
    const placeOf = ({ id }: RunningJob) => this.#places.get(id) ?? 0;
    return jobs.filter(({ id }) => !this.#underWay.has(id)).sort((a, b) => placeOf(a) - placeOf(b));
  }

  #restsUntil({ id, notBefore }: RunningJob): number {
    const untilMs = Math.max(notBefore, this.#rests.get(id) ?? 0);
    return untilMs - this.#port.nowMs() > REST_IN_DOUBT_MS ? 0 : untilMs;
  }

  #start(id: string): void {
    const { nowMs, step, wakeBy } = this.#port;
    const budget = this.#budgets.get(id) ?? new InvocationBudget(nowMs(), SUBREQUESTS_PER_INVOCATION);
    if (budget.isSpent(nowMs())) {
      wakeBy(nowMs());
      return;
    }
    this.#budgets.set(id, budget);
    this.#underWay.add(id);
    step(id)
      .then((subrequests) => budget.spend(subrequests))
      .catch((error) => {
        logRetried("warn", "a replay job waits", { job: id, error });
        this.rest(id, nowMs() + WAIT_MS);
      })
      .finally(() => {
        this.#underWay.delete(id);
        this.#places.set(id, ++this.#turns);
        this.goOn();
      });
  }

  /** Makes sure that jobs go on at this time, Unix milliseconds; infinite = none rests. */
  #comeBackAt(atMs: number): void {
    const { nowMs, timers, wakeBy } = this.#port;
    const inMs = atMs - nowMs();
    if (atMs !== Number.POSITIVE_INFINITY) wakeBy(nowMs() + Math.max(inMs, WAIT_MS));
    if (this.#timer?.atMs === atMs) return;
    this.#timer?.takeBack();
    this.#timer = null;
    // An object that waited for long in memory would be paid for.
    if (inMs >= WAIT_MS) return;
    const takeBack = timers.after(inMs, () => {
      this.#timer = null;
      this.goOn();
    });
    this.#timer = { atMs, takeBack };
  }
}
