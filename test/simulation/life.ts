import { AsyncLocalStorage } from "node:async_hooks";

/**
 * One life of an object: from its constructor to its reset. Whatever code runs, also in promises and timers that it
 * left behind, runs in a life or, like the Worker and the receivers, in none.
 */
export class Life {
  readonly name: string;
  /** What it still does reaches no disk; nothing that it waits for comes back, after `silentAt`. */
  isOver = false;
  /** An object that was replaced may go on for a moment, as on Cloudflare: until then its timers ring and its calls go out. */
  silentAt = Number.POSITIVE_INFINITY;

  /** Resolves once what it has written is on disk; null = it is. */
  readonly unwritten: () => Promise<void> | null;

  constructor(name: string, unwritten: () => Promise<void> | null) {
    this.name = name;
    this.unwritten = unwritten;
  }
}

/** What a life that is over meets when it touches its storage. Nobody is told: its caller heard of the reset. */
export class LifeOver extends Error {
  constructor() {
    super("this object was reset; its code goes on without its storage");
  }
}

const current = new AsyncLocalStorage<Life>();

/** The life whose code is running, if any. */
export function currentLife(): Life | undefined {
  return current.getStore();
}

/** The output gate: what an object sends waits until what it wrote before is on disk. */
export async function outputGate(): Promise<void> {
  const life = current.getStore();
  if (life && !life.isOver) await life.unwritten();
}

export function inLife<T>(life: Life, act: () => T): T {
  return current.run(life, act);
}

/** Runs what belongs to no object: the network, a timer of the world. */
export function outsideOfLives<T>(act: () => T): T {
  return current.exit(act);
}
