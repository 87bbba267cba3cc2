import type { SweepReport } from "../../domain/messages.ts";
import { always, listed, maybe, type Reader, record, shapeOf } from "../../domain/stored.ts";

/** A change of many pending deliveries, done in steps that survive a restart. */
export type Sweep =
  | AskedSweep
  /** Gives those that wait for a retry the time that the present policy has for it. */
  | { action: "retime" }
  /** Gives all that are pending their keys, by the present order. */
  | { action: "reorder" }
  /** Makes the first ones of all keys due now, but those that were attempted since a time, Unix milliseconds. */
  | { action: "retryHeads"; at: number };

/** One that somebody asks for. */
export type AskedSweep =
  /** Cancels those made before a time, of types that match one of some patterns, of a key; absent = all. */
  | { action: "cancel"; types?: string[]; before?: number; key?: string }
  /** Makes those that wait for a retry due now: of a key, or all. */
  | { action: "retry"; key?: string };

/** A sweep that waits or is under way, and how far it has come. */
export type Progress = Sweep & {
  /** What it is asked for by; one that the endpoint makes of itself has none. */
  report?: SweepReport;
  from: number;
  /** Deliveries made after the sweep was asked for are not its business. */
  to: number;
  /** A sweep of the first ones of keys has passed those that wait for an earlier time, and those before `from` that wait for this one. */
  passed?: number;
};

type NameIn<Kinds> = Kinds extends unknown ? keyof Kinds : never;

type ValueIn<Kinds, Name> = Kinds extends unknown
  ? Name extends keyof Kinds
    ? Kinds[Name]
    : undefined
  : never;

/**
 * The fields of every kind of sweep, so that one that a later version gives to any of them needs a rule, too; each but `action`,
 * `from` and `to` is absent where it is another kind's, or was not asked for.
 */
type StoredSweep = { [Name in NameIn<Progress>]: ValueIn<Progress, Name> };

export const readSweepReport = record<SweepReport>({
  id: always(),
  action: always(),
  state: always(),
  matched: always(),
  changed: always(),
  createdAt: always(),
});

/** The sweeps that wait or are under way, as they are stored. */
export const sweepsShape = shapeOf(
  listed(
    record<StoredSweep>({
      action: always(),
      types: maybe(),
      before: maybe(),
      key: maybe(),
      at: maybe(),
      passed: maybe(),
      report: maybe(readSweepReport),
      from: always(),
      to: always(),
    }) as Reader<Progress>,
  ),
);

/** The sweeps that ended. */
export const endedSweepsShape = shapeOf(listed(readSweepReport));
