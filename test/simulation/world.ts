import { webcrypto } from "node:crypto";
import { Chance } from "./chance.ts";
import { currentLife, type Life, LifeOver, outsideOfLives } from "./life.ts";

/** 2026-03-01T00:00:00Z */
const START = Date.UTC(2026, 2, 1);

const real = { setImmediate: globalThis.setImmediate, now: Date.now };

interface Timer {
  time: number;
  order: number;
  ring: () => void;
  /** Whose timer it is: that of a life that has fallen silent does not ring. */
  life: Life | undefined;
  isCleared: boolean;
}

/**
 * Time and chance of one run. Nothing in it passes by itself: `run` takes one timer after the other, the earliest
 * first, and lets all that follows from it happen before the next. So a seed is a history.
 */
export class World {
  now = START;
  readonly chance: Chance;
  /** A number that two runs share only if everything happened in the same order at the same times. */
  trace = 0x811c9dc5;
  #order = 0;
  readonly #timers: Timer[] = [];
  /** Ciphers run on threads: one at a time, so that their ends come in the order of their starts. */
  #ciphers: Promise<unknown> = Promise.resolve();
  #openCiphers = 0;
  readonly #history: { at: number; what: string }[] = [];

  constructor(seed: number) {
    this.chance = new Chance(seed);
    this.#takeOver();
  }

  /** Writes down what happened; it counts in the trace. */
  note(what: string): void {
    for (const letter of `${this.now}${what}`) {
      this.trace = Math.imul(this.trace ^ letter.charCodeAt(0), 0x01000193) >>> 0;
    }
    this.#history.push({ at: this.now, what });
  }

  /** What was noted, with the times since the start, milliseconds. */
  get history(): readonly { at: number; what: string }[] {
    return this.#history.map(({ at, what }) => ({ at: at - START, what }));
  }

  get elapsedMs(): number {
    return this.now - START;
  }

  at(time: number, ring: () => void): Timer {
    const timer = {
      ...{ time, ring, order: this.#order++, isCleared: false },
      life: currentLife(),
    };
    this.#push(timer);
    return timer;
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + milliseconds, resolve));
  }

  /** Lets time pass until a moment, or until `isDone`, or until nothing more can happen. */
  async run(until: number, isDone: () => boolean = () => false): Promise<void> {
    for (;;) {
      await this.#settled();
      const next = this.#timers[0];
      if (isDone() || next === undefined) return;
      if (next.time > until) {
        this.now = Math.max(this.now, until);
        return;
      }
      this.#pop();
      this.now = Math.max(this.now, next.time);
      if (next.isCleared || (next.life?.silentAt ?? Number.POSITIVE_INFINITY) <= this.now) continue;
      try {
        next.ring();
      } catch (error) {
        if (!(error instanceof LifeOver)) throw error;
      }
    }
  }

  /** Until everything that can happen at this moment has. */
  async #settled(): Promise<void> {
    do await new Promise<void>((resolve) => real.setImmediate(resolve));
    while (this.#openCiphers > 0);
  }

  /** From here on the process has no other clock, timers or chance; a run has a process's globals for itself. */
  #takeOver(): void {
    Date.now = () => Math.floor(this.now);
    Math.random = () => this.chance.next();
    globalThis.setTimeout = ((ring: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
      this.at(this.now + Math.max(1, ms), () => ring(...given))) as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer?: Timer) => {
      if (timer) timer.isCleared = true;
    }) as unknown as typeof clearTimeout;
    const replaced = {
      getRandomValues: <T extends ArrayBufferView>(array: T): T => {
        const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
        for (const index of bytes.keys()) bytes[index] = this.chance.below(256);
        return array;
      },
      randomUUID: () => `00000000-0000-4000-8000-${String(this.#order++).padStart(12, "0")}`,
    };
    for (const [name, value] of Object.entries(replaced))
      Object.defineProperty(webcrypto, name, { configurable: true, value });
    const subtle = Object.getPrototypeOf(webcrypto.subtle) as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >;
    for (const name of [
      "encrypt",
      "decrypt",
      "digest",
      "importKey",
      "sign",
      "verify",
      "exportKey",
      "generateKey",
    ]) {
      const cipher = realCiphers[name] ?? (subtle[name] as (...given: unknown[]) => Promise<unknown>);
      realCiphers[name] = cipher;
      Object.defineProperty(webcrypto.subtle, name, {
        configurable: true,
        value: (...given: unknown[]) => {
          this.#openCiphers++;
          const done = this.#ciphers.then(() => cipher.apply(webcrypto.subtle, given));
          this.#ciphers = done.catch(() => {});
          return done.finally(() => this.#openCiphers--);
        },
      });
    }
  }

  #push(timer: Timer): void {
    const heap = this.#timers;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isEarlier(heap[parent] as Timer, timer)) break;
      [heap[parent], heap[at]] = [timer, heap[parent] as Timer];
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#timers;
    const last = heap.pop() as Timer;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && isEarlier(heap[child] as Timer, heap[least] as Timer)) least = child;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least] as Timer, last];
      at = least;
    }
  }
}

const realCiphers: Record<string, (...given: unknown[]) => Promise<unknown>> = {};

function isEarlier(a: Timer, b: Timer): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** Milliseconds that really passed, for what a run costs. */
export const realNow = (): number => real.now();

/** What dead lives leave behind is nobody's error; anything else ends the process, as it should. */
export function dropWhatLivesLeave(): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (error instanceof LifeOver) return;
      outsideOfLives(() => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(3);
      });
    });
  }
}
