import { AsyncLocalStorage } from "node:async_hooks";
import type { ObjectName } from "./counts.ts";

/*
 * How long objects are awake, as the bill counts it: while a handler runs, a timer is set, or a fetch, an RPC or a call of
 * D1 or R2 is under way, all of it of one object taken together. All objects share an isolate here; what belongs to
 * which follows the asynchronous context.
 */

const objects = new Set<Awake>();
const current = new AsyncLocalStorage<Awake>();

/** The union of all that keeps one object from sleeping. */
export class Awake {
  readonly object: ObjectName;
  #open = 0;
  #since = 0;
  #ms = 0;
  #connections = 0;
  /** The most connections that waited for an answer at once. */
  mostConnections = 0;

  constructor(object: ObjectName) {
    this.object = object;
    objects.add(this);
  }

  /** Something begins; the function that it returns ends it, once. */
  begin(): () => void {
    if (this.#open++ === 0) this.#since = Date.now();
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      if (--this.#open === 0) this.#ms += Date.now() - this.#since;
    };
  }

  /** A connection waits for its answer, until the function that it returns is called. */
  connect(): () => void {
    this.mostConnections = Math.max(this.mostConnections, ++this.#connections);
    const end = this.begin();
    return () => {
      this.#connections--;
      end();
    };
  }

  /** Runs what belongs to this object. */
  run<T>(act: () => T): T {
    return current.run(this, act);
  }

  get ms(): number {
    return this.#ms + (this.#open > 0 ? Date.now() - this.#since : 0);
  }

  reset(): void {
    this.#ms = 0;
    this.#since = Date.now();
  }
}

/** Milliseconds awake since the last reset, of all objects of a kind. */
export function awakeMs(object: ObjectName): number {
  return [...objects].filter((one) => one.object === object).reduce((total, one) => total + one.ms, 0);
}

/** The most connections that one object of a kind had waiting at once, since it started. */
export function mostConnections(object: ObjectName): number {
  const ofKind = [...objects].filter((one) => one.object === object);
  return Math.max(0, ...ofKind.map((one) => one.mostConnections));
}

export function resetAwake(): void {
  for (const object of objects) object.reset();
}

/** A promise that keeps awake whose code waits for it; outside of objects it is nobody's. */
export function held<T>(promise: Promise<T>): Promise<T> {
  const end = current.getStore()?.begin();
  if (end) promise.then(end, end);
  return promise;
}

/** A promise of an answer over a connection: a fetch, a socket, D1 or R2. */
export function connected<T>(promise: Promise<T>): Promise<T> {
  const end = current.getStore()?.connect();
  if (end) promise.then(end, end);
  return promise;
}

/** A timer of an object keeps it awake until it rings or is cleared. */
export function countTimers(): void {
  const ends = new Map<unknown, () => void>();
  const set = globalThis.setTimeout;
  const clear = globalThis.clearTimeout;
  const counted = (act: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => {
    const end = current.getStore()?.begin() ?? (() => {});
    const timer = set(() => {
      ends.delete(timer);
      try {
        act(...given);
      } finally {
        end();
      }
    }, ms);
    ends.set(timer, end);
    return timer;
  };
  const cleared = (timer: Parameters<typeof clear>[0]) => {
    ends.get(timer)?.();
    ends.delete(timer);
    clear(timer);
  };
  Object.assign(globalThis, { setTimeout: counted, clearTimeout: cleared });
}
