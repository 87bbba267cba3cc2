import type { Chance } from "./chance.ts";
import type { World } from "./world.ts";

/** How likely each fault is. */
export interface FaultRates {
  /** A call between objects is lost on its way there, or its answer on the way back. */
  lostBefore: number;
  lostAfter: number;
  /** A call or a query takes seconds. */
  slow: number;
  /** The object is reset right before a durable step, or right after it. */
  resetBefore: number;
  resetAfter: number;
  /** The object is reset within the turn of a write, or at one of the next awaits. */
  resetAtWrite: number;
  /** A sender, which writes nothing, is reset. */
  resetSender: number;
  /** After a reset the old life goes on for a moment beside the new one. */
  twoLives: number;
  alarmLost: number;
  alarmLate: number;
  alarmTwice: number;
  r2: number;
  d1: number;
  /** There is no room for what a statement writes. */
  diskFull: number;
  /** A request to the API is lost, or its answer. */
  requestLost: number;
}

export const STORMY: FaultRates = {
  lostBefore: 0.02,
  lostAfter: 0.02,
  slow: 0.01,
  resetBefore: 0.002,
  resetAfter: 0.004,
  resetAtWrite: 0.0005,
  resetSender: 0.02,
  twoLives: 0.3,
  alarmLost: 0.01,
  alarmLate: 0.03,
  alarmTwice: 0.01,
  r2: 0.1,
  d1: 0.01,
  diskFull: 0.0002,
  requestLost: 0.03,
};

/** Within this it is noticed that a call was lost; who calls gives up later. */
const LATEST_MISSED_MS = 8000;

/** How likely the fault is that a seed leans on, so that rare points are reached too. */
const LEANING = 0.15;

/**
 * What goes wrong in a run. Each fault has a place: the name of a dangerous point, and the how manieth passage of it. A
 * run can be repeated with a part of its faults, which is how a failing one is made small.
 */
export class Faults {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #passages = new Map<string, number>();
  #rates: FaultRates | null = null;
  /** Only these happen; null = as chance has it. */
  readonly #only: ReadonlySet<string> | null;
  readonly #leansOn: string | null;
  /** How often each point was reached. */
  readonly reached = new Map<string, number>();
  /** Each fault that happened, by its place. */
  readonly happened: string[] = [];

  constructor(world: World, leansOn: string | null, only: ReadonlySet<string> | null) {
    this.#world = world;
    this.#chance = world.chance.fork("faults");
    this.#leansOn = leansOn;
    this.#only = only;
  }

  begin(rates: FaultRates): void {
    this.#rates = rates;
  }

  end(): void {
    this.#rates = null;
  }

  get areOver(): boolean {
    return this.#rates === null;
  }

  count(point: string): void {
    this.reached.set(point, (this.reached.get(point) ?? 0) + 1);
  }

  /** Whether a fault happens now. `point` names it; one that happens is counted under that name. */
  happens(fault: keyof FaultRates, point: string): boolean {
    if (this.#rates === null) return false;
    const passage = (this.#passages.get(point) ?? 0) + 1;
    this.#passages.set(point, passage);
    const place = `${point} #${passage}`;
    const rate = point === this.#leansOn ? LEANING : this.#rates[fault];
    // Drawn in any case, so that a repetition with fewer faults draws the same.
    const isDrawn = this.#chance.happens(rate);
    if (this.#only ? !this.#only.has(place) : !isDrawn) return false;
    this.count(point);
    this.#world.note(point);
    this.happened.push(place);
    return true;
  }

  /** After how long it is missed what was lost, milliseconds. */
  missedAfterMs(): number {
    const { chance } = this.#world;
    return chance.happens(1 / 2) ? 0 : chance.between(0, LATEST_MISSED_MS);
  }

  /** How long something takes, milliseconds: as a rule from 0.2 to `usualMs`, seconds if it is slow. */
  takes(what: string, usualMs: number): number {
    const { chance } = this.#world;
    if (this.happens("slow", `slow ${what}`)) return chance.between(500, 12_000);
    return chance.between(0.2, usualMs);
  }
}

/** An object's kind, from its name. */
export function kindOf(name: string): "log" | "endpoint" | "sender" {
  if (name.startsWith("ws_")) return "log";
  return name.includes("/") ? "sender" : "endpoint";
}

/** An object's kind with its article: for the names of points. */
export const WITH_ARTICLE = { log: "a log", endpoint: "an endpoint", sender: "a sender" } as const;
