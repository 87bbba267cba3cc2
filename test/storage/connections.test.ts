import { expect, it } from "vitest";
import { Connections } from "../../src/storage/connections.ts";

const SECOND_MS = 1000;

/** An object that takes connections for as long as it may. */
class Taker {
  inUse = 0;
  readonly #mayOpen: (now: number) => boolean;

  constructor(connections: Connections, name: string) {
    this.#mayOpen = connections.holder(name, () => this.inUse);
  }

  /** Takes all that it may, up to a number of them; returns how many it has. */
  takeAll(now: number, most = 1000): number {
    while (this.inUse < most && this.#mayOpen(now)) this.inUse++;
    return this.inUse;
  }
}

it("gives half of the connections to one that takes all it may, the next one half of the rest, and a first one to each", () => {
  const connections = new Connections(100);
  const taken = Array.from({ length: 12 }, (_, i) => new Taker(connections, `endpoint${i}`).takeAll(0));
  expect(taken.slice(0, 4)).toEqual([51, 26, 14, 7]);
  expect(Math.min(...taken)).toBe(1);
  expect(taken.reduce((sum, count) => sum + count - 1, 0)).toBeLessThanOrEqual(100);
});

it("has those that were used a moment ago used again, and takes them back when they are closed", () => {
  const connections = new Connections(100);
  const busy = new Taker(connections, "busy");
  const other = new Taker(connections, "other");
  expect(busy.takeAll(0)).toBe(51);
  busy.inUse = 1;
  expect(other.takeAll(SECOND_MS)).toBe(26);
  expect(busy.takeAll(SECOND_MS)).toBe(51);
  busy.inUse = 0;
  expect(other.takeAll(5 * SECOND_MS)).toBe(26);
  expect(other.takeAll(8 * SECOND_MS)).toBe(51);
});

it("counts nothing for an object that was made anew", () => {
  const connections = new Connections(100);
  expect(new Taker(connections, "one").takeAll(0)).toBe(51);
  expect(new Taker(connections, "one").takeAll(0)).toBe(51);
});
