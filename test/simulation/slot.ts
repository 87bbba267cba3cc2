import type { Surroundings } from "../../src/domain/surroundings.ts";
import type { Disk } from "./disk.ts";
import type { Life } from "./life.ts";

export type Method = (...given: unknown[]) => unknown;
export type Instance = Record<string, Method> & { alarm(): Promise<void> };
export type ObjectClass = new (state: DurableObjectState, env: never, surroundings: Surroundings) => object;

/** An object: its disk for good, and the life that it has at the moment, if it has one. */
export interface Slot {
  name: string;
  disk: Disk;
  lives: number;
  life: Life | null;
  instance: Instance | null;
  ready: Promise<unknown>;
  /** Rejects the calls that wait for an answer. */
  open: Set<(error: Error) => void>;
  alarmTries: number;
  isAlarmRunning: boolean;
  alarmsRung: number;
  /** When its lives were cut short, milliseconds since the start. */
  resets: number[];
  /** When it was evicted: what was in memory only is gone then, too. */
  evictions: number[];
  /** When its alarm was lost, milliseconds since the start; null = it was not, or another was set since. */
  alarmLostAt: number | null;
  /** Until then no call reaches it, milliseconds since the start. */
  outOfReachUntil: number;
}

/** An object that never lived. */
export function newSlot(name: string, disk: Disk): Slot {
  return {
    ...{ name, disk, lives: 0, life: null, instance: null, ready: Promise.resolve(), open: new Set() },
    ...{ alarmTries: 0, isAlarmRunning: false, alarmsRung: 0, resets: [] },
    ...{ evictions: [], alarmLostAt: null, outOfReachUntil: 0 },
  };
}
