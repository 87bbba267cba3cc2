import type { World } from "./world.ts";

/** How likely each fault is, and how long things take. Milliseconds where a name says so. */
export interface FaultRates {
  /** Of a call between objects: lost on its way there, or its answer on the way back. */
  lostBefore: number;
  lostAfter: number;
  /** Of a call: it takes seconds. */
  slowCall: number;
  /** Of a call: a later one of another stub overtakes it. */
  callMs: [from: number, to: number];
  commitMs: [from: number, to: number];
  /** Of a commit: the object is reset right before, or right after it. */
  resetBeforeCommit: number;
  resetAfterCommit: number;
  /** Of a reset: the old life goes on for a moment beside the new one. */
  twoLives: number;
  alarmLost: number;
  alarmLate: number;
  alarmTwice: number;
  r2: number;
  d1Before: number;
  d1After: number;
  /** Of a write statement: there is no room. */
  diskFull: number;
  /** Of a request to the API: lost before it, or its answer. */
  requestLost: number;
}

export const STORMY: FaultRates = {
  lostBefore: 0.02,
  lostAfter: 0.02,
  slowCall: 0.01,
  callMs: [0.2, 5],
  commitMs: [0, 8],
  resetBeforeCommit: 0.002,
  resetAfterCommit: 0.004,
  twoLives: 0.3,
  alarmLost: 0.01,
  alarmLate: 0.03,
  alarmTwice: 0.01,
  r2: 0.1,
  d1Before: 0.01,
  d1After: 0.01,
  diskFull: 0.0002,
  requestLost: 0.03,
};

/** Nothing goes wrong, and everything takes a little. */
export const CALM: FaultRates = {
  ...{ lostBefore: 0, lostAfter: 0, slowCall: 0, resetBeforeCommit: 0, resetAfterCommit: 0, twoLives: 0 },
  ...{
    alarmLost: 0,
    alarmLate: 0,
    alarmTwice: 0,
    r2: 0,
    d1Before: 0,
    d1After: 0,
    diskFull: 0,
    requestLost: 0,
  },
  callMs: [0.5, 1],
  commitMs: [0, 1],
};

/** What goes wrong in a run; counts each named point that was reached. */
export class Faults {
  readonly #world: World;
  rates: FaultRates = CALM;
  /** How often each point was reached. */
  readonly reached = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  count(point: string): void {
    this.reached.set(point, (this.reached.get(point) ?? 0) + 1);
  }

  /** Whether a fault happens now; one that does is counted under `point`. */
  happens(fault: Exclude<keyof FaultRates, "callMs" | "commitMs">, point: string): boolean {
    const rate = this.rates[fault];
    if (rate === 0 || !this.#world.chance.happens(rate)) return false;
    this.count(point);
    this.#world.note(point);
    return true;
  }

  callMs(): number {
    const [from, to] = this.rates.callMs;
    if (this.rates.slowCall > 0 && this.#world.chance.happens(this.rates.slowCall)) {
      this.count("call slow");
      return this.#world.chance.between(500, 12_000);
    }
    return this.#world.chance.between(from, to);
  }

  commitMs(): number {
    const [from, to] = this.rates.commitMs;
    return this.#world.chance.between(from, to);
  }

  /** Before each statement that writes; throws as workerd does where there is no room. */
  beforeWrite(object: string): void {
    if (this.happens("diskFull", `disk full in ${kindOf(object)}`))
      throw new Error("database or disk is full: SQLITE_FULL");
  }
}

/** An object's kind, from its name's prefix. */
export function kindOf(name: string): string {
  return name.startsWith("ws_") ? "log" : "endpoint";
}
