import type { Phase } from "./neighbour.ts";

/** A phase, and what share of the time that it asked for workerd's thread got. */
export interface Measured extends Phase {
  share: number;
}

/** An attack that was played, and what it is judged by. */
export interface Play {
  attack: Measured;
  /** Before and after it. */
  calm: readonly Measured[];
  /** How much of the attack came through, and how much of it tells something. */
  came: number;
  least: number;
  /** How slow the machine is, see `slowness`. */
  slowness: number;
}

/** What a play says; `tells_nothing`: it was no attack, or what slowed the neighbour down may have been the machine. */
export type Verdict =
  | { kind: "held" }
  | { kind: "too_slow"; why: string }
  | { kind: "tells_nothing"; why: string };

/** The neighbour's p99 under an attack, against its p99 without one just before and after it. */
const MOST_SLOWER = 3;

/** Below this a p99 is a few pauses of a garbage collector, whoever else is there. */
const PAUSE_MS = 25;

/**
 * A calm in which the neighbour waits longer than this is none: three times as much would hide what stops everybody. So is
 * one in which it waits twice as long with what the machine does beside.
 */
const CALM_MS = 2 * PAUSE_MS;
const CALM_BESIDE_OTHERS_MS = 2 * CALM_MS;

/**
 * Where workerd got less of a core than this under an attack, what it waited for it is most of what was measured. A calm is
 * not asked: a thread that rests waits a moment at each waking, beside whatever else.
 */
const LEAST_SHARE = 0.3;

/** With less than this even half of the publishes may wait for the machine alone. */
const LEAST_SHARE_OF_MEDIAN = 0.1;

/** Where fewer of the neighbour's publishes than this were sent in time, it had no core itself. */
const LEAST_SENT = 0.8;

/** What its p99 would have been on a core of its own. */
export const ownP99Ms = ({ p99Ms, share }: Measured): number => p99Ms * share;

const ownMedianMs = ({ p50Ms, share }: Measured): number => p50Ms * share;

/** The slower one of the calms. */
export const calmP99Ms = (calm: readonly Measured[]): number => Math.max(...calm.map(ownP99Ms));

/** What the neighbour's p99 may be under an attack between these calms. */
const boundMs = ({ calm, slowness }: Pick<Play, "calm" | "slowness">): number =>
  MOST_SLOWER * Math.max(calmP99Ms(calm), slowness * PAUSE_MS);

/** Where more than half of the neighbour's publishes waited longer than the bound, this is what they waited at least. */
function medianOver(attack: Measured, calm: readonly Measured[]): { ownMs: number; mostMs: number } | null {
  const calmMs = Math.max(...calm.map(ownMedianMs));
  const mostMs = MOST_SLOWER * Math.max(calmMs, PAUSE_MS);
  const ownMs = ownMedianMs(attack);
  return attack.share >= LEAST_SHARE_OF_MEDIAN && ownMs > mostMs ? { ownMs, mostMs } : null;
}

/** Judges one play. */
export function judge({ attack, calm, came, least, slowness }: Play): Verdict {
  const unsent = [...calm, attack].map(notSent).find((reason) => reason !== null);
  // First: neither a calm in which one publish waited nor a busy machine has half of them wait.
  const over = unsent ? null : medianOver(attack, calm);
  if (over) {
    const why = `half of the neighbour's publishes waited ${ms(over.ownMs)} and more, ${ms(over.mostMs)} allowed`;
    return { kind: "too_slow", why };
  }
  const why = unsent ?? notCalm(calm);
  if (why) return { kind: "tells_nothing", why };
  if (attack.share < LEAST_SHARE) {
    const percent = Math.round(100 * attack.share);
    return { kind: "tells_nothing", why: `workerd got ${percent} % of a core that it asked for` };
  }
  const bound = boundMs({ calm, slowness });
  if (ownP99Ms(attack) > bound)
    return { kind: "too_slow", why: `the neighbour's p99 was ${ms(ownP99Ms(attack))}, ${ms(bound)} allowed` };
  // Only now: an attack that stops everybody stops itself, too.
  if (came < least)
    return { kind: "tells_nothing", why: `of the attack ${came} came through, ${least} are one` };
  return { kind: "held" };
}

/** Why a phase did not measure the service, null = it did. */
function notSent({ name, count, expected }: Measured): string | null {
  return count < LEAST_SENT * expected
    ? `${name}: the neighbour sent ${count} of ${expected} publishes`
    : null;
}

/** Why it was not calm before or after an attack, null = it was. */
function notCalm(calm: readonly Measured[]): string | null {
  const ownMs = calmP99Ms(calm);
  if (ownMs > CALM_MS) return `the calm was none: p99 ${ms(ownMs)} of ${ms(CALM_MS)}`;
  const beside = Math.max(...calm.map(({ p99Ms }) => p99Ms));
  return beside > CALM_BESIDE_OTHERS_MS
    ? `the calm was none: p99 ${ms(beside)} of ${ms(CALM_BESIDE_OTHERS_MS)} beside what else the machine does`
    : null;
}

const ms = (time: number): string => `${time.toFixed(0)} ms`;
