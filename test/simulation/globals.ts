import { webcrypto } from "node:crypto";
import type { Chance } from "./chance.ts";
import type { Timer } from "./timers.ts";

const CIPHERS = [
  "encrypt",
  "decrypt",
  "digest",
  "importKey",
  "sign",
  "verify",
  "exportKey",
  "generateKey",
] as const;

type Cipher = (...given: unknown[]) => Promise<unknown>;

const subtle = Object.getPrototypeOf(webcrypto.subtle) as Record<string, Cipher>;
const real = {
  now: Date.now,
  random: Math.random,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  ciphers: Object.fromEntries(CIPHERS.map((name) => [name, subtle[name] as Cipher])),
};

/** Milliseconds that really passed, for what a run costs. */
export const realNow = (): number => real.now();

/** What stands in for the process's clock and timers: a world. */
interface Clockwork {
  /** Unix milliseconds. */
  readonly now: number;
  in(milliseconds: number, ring: () => void): Timer;
  clear(timer: Timer): void;
  /** Waits for what takes real time and no time of the world. */
  really<T>(work: Promise<T>): Promise<T>;
}

/** From here on the process has no other clock, timers or chance than a world's, until the next one takes them. */
export function takeGlobals(world: Clockwork, chance: Chance): void {
  Date.now = () => Math.floor(world.now);
  Math.random = () => chance.next();
  globalThis.setTimeout = ((ring: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) =>
    world.in(Math.max(1, ms), () => ring(...given))) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((timer?: Timer) => {
    if (timer) world.clear(timer);
  }) as unknown as typeof clearTimeout;
  let uuids = 0;
  replace(webcrypto, "randomUUID", () => `00000000-0000-4000-8000-${String(++uuids).padStart(12, "0")}`);
  replace(webcrypto, "getRandomValues", (array: ArrayBufferView) => {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < bytes.length; at++) bytes[at] = chance.below(256);
    return array;
  });
  // Ciphers run on threads: one at a time, so that their ends come in the order of their starts.
  let last: Promise<unknown> = Promise.resolve();
  for (const name of CIPHERS) {
    replace(webcrypto.subtle, name, (...given: unknown[]) => {
      const done = last.then(() => real.ciphers[name]?.apply(webcrypto.subtle, given));
      last = done.catch(() => {});
      return world.really(done);
    });
  }
}

/** Gives back clock, chance and timers, for what runs in the same process after a world. */
export function giveBackGlobals(): void {
  Date.now = real.now;
  Math.random = real.random;
  globalThis.setTimeout = real.setTimeout;
  globalThis.clearTimeout = real.clearTimeout;
  for (const name of ["randomUUID", "getRandomValues"]) Reflect.deleteProperty(webcrypto, name);
  for (const name of CIPHERS) Reflect.deleteProperty(webcrypto.subtle, name);
}

function replace(of: object, name: string, value: unknown): void {
  Object.defineProperty(of, name, { configurable: true, value });
}
