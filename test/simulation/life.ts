import { AsyncLocalStorage } from "node:async_hooks";

/**
 * One life of an object: from its constructor to its reset. Whatever code runs, also in promises and timers that it
 * left behind, runs in a life or, like the Worker and the receivers, in none.
 */
export class Life {
  readonly name: string;
  /** Which life of its object it is, from 1. */
  readonly number: number;
  /** What it still does reaches no disk; nothing that it waits for comes back, after `silentAt`. */
  isOver = false;
  /** An object that was replaced may go on for a moment, as on Cloudflare: until then its timers ring and its calls go out. */
  silentAt = Number.POSITIVE_INFINITY;
  /** What it wrote was taken back: the output gate never opens again. */
  isCut = false;
  /** Timers, calls and requests under way: what keeps it from being evicted. */
  underWay = 0;
  /** Called when it is over. */
  readonly ends: (() => void)[] = [];
  /** Resolves once what it has written is on disk; null = it is. */
  readonly unwritten: () => Promise<void> | null;

  constructor(name: string, number: number, unwritten: () => Promise<void> | null) {
    this.name = name;
    this.number = number;
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

/** What one object does for another, in a call on what it answered: a request that a sender makes for its endpoint. */
export interface Errand {
  caller: Life | undefined;
  /** When the caller asked, when it heard the answer, or that there will be none; milliseconds since the start. */
  askedAt: number;
  heardAt: number | null;
  lostAt: number | null;
}

const errands = new AsyncLocalStorage<Errand>();

/** The errand that is being done, if any. */
export function currentErrand(): Errand | undefined {
  return errands.getStore();
}

export function inErrand<T>(errand: Errand, act: () => T): T {
  return errands.run(errand, act);
}

/** The life whose code is running, if any. */
export function currentLife(): Life | undefined {
  return current.getStore();
}

/**
 * Something leaves the object: it waits until what was written before is on disk (the output gate), and keeps the object
 * from being evicted until it is back.
 */
export async function going<T>(out: () => Promise<T>): Promise<T> {
  const life = current.getStore();
  if (!life) return out();
  life.underWay++;
  try {
    if (!life.isOver) await life.unwritten();
    if (life.isCut) await new Promise<never>(() => {});
    return await out();
  } finally {
    life.underWay--;
  }
}

export function inLife<T>(life: Life, act: () => T): T {
  return current.run(life, act);
}

/** Runs what belongs to no object: the network, a timer of the world. */
export function outsideOfLives<T>(act: () => T): T {
  return current.exit(act);
}
