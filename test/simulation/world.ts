import type { Surroundings } from "../../src/domain/surroundings.ts";
import { Chance } from "./chance.ts";
import { takeGlobals } from "./globals.ts";
import { currentLife, inLife, LifeOver } from "./life.ts";
import { type Timer, Timers } from "./timers.ts";

/** 2026-03-01T00:00:00Z */
const START = Date.UTC(2026, 2, 1);

/** So many timers of one moment are no work any more: something asks for "now" without end. */
const MOST_AT_ONCE = 20_000;

const realSetImmediate = globalThis.setImmediate;

/** Something that happened. */
export interface Note {
  /** Milliseconds since the start. */
  at: number;
  what: string;
}

/**
 * Time and chance of one run. Nothing in it passes by itself: `run` takes one timer after the other, the earliest
 * first, and lets all that follows from it happen before the next. So a seed is a history.
 */
export class World {
  readonly chance: Chance;
  /** Clock, timers and chance of the objects in it. */
  readonly surroundings: Surroundings;
  /** Milliseconds since the start: what passes, whatever the clock on the wall says. */
  elapsedMs = 0;
  /** A number that two runs share only if everything happened in the same order at the same times. */
  trace = 0x811c9dc5;
  readonly history: Note[] = [];
  /** How far the clock on the wall was set, milliseconds. */
  #skewMs = 0;
  readonly #timers = new Timers();
  /** Work on real threads and disks under way: until it is done no time passes. */
  #real = 0;
  readonly #onClockSet: (() => void)[] = [];

  constructor(seed: number) {
    this.chance = new Chance(seed);
    takeGlobals(this, this.chance.fork("globals"));
    this.surroundings = this.#surroundings(this.chance.fork("objects"));
  }

  #surroundings(chance: Chance): Surroundings {
    return {
      nowMs: () => Math.floor(this.now),
      after: (delayMs, ring) => {
        const timer = this.in(Math.max(1, delayMs), ring);
        return () => this.clear(timer);
      },
      random: () => chance.next(),
      secretNumbers: (count) => Array.from({ length: count }, () => chance.below(2 ** 32)),
    };
  }

  /** What the clock on the wall says, Unix milliseconds. */
  get now(): number {
    return START + this.elapsedMs + this.#skewMs;
  }

  /** Sets the clock on the wall by so many milliseconds. */
  setClock(byMs: number): void {
    this.#skewMs += byMs;
    for (const told of this.#onClockSet) told();
  }

  onClockSet(told: () => void): void {
    this.#onClockSet.push(told);
  }

  /** Writes down what happened; it counts in the trace. */
  note(what: string): void {
    for (const letter of `${this.elapsedMs}${what}`)
      this.trace = Math.imul(this.trace ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    this.history.push({ at: this.elapsedMs, what });
  }

  /** Rings in so many milliseconds, unless the life that sets it has fallen silent by then. */
  in(milliseconds: number, ring: () => void): Timer {
    const life = currentLife();
    if (!life) return this.#timers.set(this.elapsedMs + milliseconds, undefined, ring);
    life.underWay++;
    return this.#timers.set(this.elapsedMs + milliseconds, life, ring);
  }

  clear(timer: Timer): void {
    if (timer.isCleared) return;
    timer.isCleared = true;
    if (timer.life) timer.life.underWay--;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.in(milliseconds, resolve));
  }

  /** Waits for what takes real time and no time of the world. */
  async really<T>(work: Promise<T>): Promise<T> {
    this.#real++;
    try {
      return await work;
    } finally {
      this.#real--;
    }
  }

  /** Lets so much time pass, or until `isDone`. Throws if nothing else happens than that time stands still. */
  async run(milliseconds: number, isDone: () => boolean = () => false): Promise<void> {
    const until = this.elapsedMs + milliseconds;
    let atOnce = 0;
    for (;;) {
      await this.#settle();
      const next = this.#timers.first;
      if (isDone() || next === undefined) return;
      if (next.time > until) {
        this.elapsedMs = until;
        return;
      }
      this.#timers.takeFirst();
      atOnce = next.time > this.elapsedMs ? 0 : atOnce + 1;
      if (atOnce > MOST_AT_ONCE) throw new Error(`busy loop: ${MOST_AT_ONCE} timers rang at one moment`);
      this.elapsedMs = Math.max(this.elapsedMs, next.time);
      if (next.isCleared) continue;
      this.clear(next);
      if ((next.life?.silentAt ?? Number.POSITIVE_INFINITY) <= this.elapsedMs) continue;
      try {
        if (next.life) inLife(next.life, next.ring);
        else next.ring();
      } catch (error) {
        if (!(error instanceof LifeOver)) throw error;
      }
    }
  }

  /** Until everything that can happen at this moment has. */
  async #settle(): Promise<void> {
    do await new Promise<void>((resolve) => realSetImmediate(resolve));
    while (this.#real > 0);
  }
}
