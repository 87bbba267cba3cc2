import type { Clock, Timers } from "../domain/surroundings.ts";
import { noteUse } from "./recent-use.ts";

/*
 * The thread that all objects of an isolate share goes round: it takes what has come in and the timers that are due, and
 * does all that follows from them before it looks again. An event to a hundred endpoints, or a hundred answers that come at
 * one moment, would be one round of hundreds of milliseconds, in which nobody's publish is looked at. So what comes for
 * many objects at once is done in pieces: a round takes a few milliseconds of them, and the rest look again in later ones.
 * The isolate's objects share this at module level, and no promise: each looks with a timer of its own. On Cloudflare,
 * where the clock stands still while the thread computes, a round ends with the first piece that is charged a whole one.
 */

/** What the pieces of one round may take, milliseconds: one is always done, however long it takes. */
const ROUND_MS = 3;

/** A round is longer only where the object whose timer was to end it was reset, or the clock was set. */
const LOST_MS = 100;

/** A line that did not look for so long is gone: nobody waits for it. */
const LOOKED_MS = 20;

/** So often a piece gives way to what comes first in its own workspace, which may have no end. */
const GIVES_WAY_TIMES = 3;

/** The more pieces of a line looked in vain in one round, the later they look again: two in a millisecond. */
const LOOKS_PER_MS = 2;

/** More lines than this are not remembered for long. */
const REMEMBERED_LINES = 1000;

/** The pieces of a line that look in vain. */
interface Line {
  workspaceId: string;
  /** In which round, and how many of them. */
  round: number;
  looks: number;
  /** When the last one did, Unix milliseconds. */
  lookedAt: number;
}

/** Who looks whether its piece may begin. */
interface Looker {
  workspaceId: string;
  isLater: boolean;
  /** In which round it looked in vain; null = it did not. */
  round: number | null;
  /** How often it gave way to what comes first in its own workspace. */
  gaveWay: number;
}

/** How an object's pieces of work come into the rounds of its isolate. */
export interface Pace {
  /**
   * Whether a piece may begin in this round, which it does at once then; if not, it looks again by a timer, `lookAgainMs`.
   * @param chargeMs what it takes of the thread later than at once, where that is known
   */
  mayBegin(chargeMs?: number): boolean;
  /** When a piece that may not begin is to look again, milliseconds. */
  lookAgainMs(): number;
  /** Runs a piece as soon as it may begin: now, or in a later macrotask. `chargeMs`: see `mayBegin`. */
  run(piece: () => void, chargeMs?: number): void;
}

/** What names the line that a piece waits in. */
function lineOf({ workspaceId, isLater }: Pick<Looker, "workspaceId" | "isLater">): string {
  return isLater ? `${workspaceId} later` : workspaceId;
}

export class Rounds {
  #round = 0;
  /** When this round's first piece began, Unix milliseconds; null = none has. */
  #sinceMs: number | null = null;
  #chargedMs = 0;
  /** The workspace that was served last. */
  #served = "";
  readonly #waiting = new Map<string, Line>();

  /**
   * The pieces of a workspace; workspaces take turns.
   * @param isLater whether they come behind its others: what an attempt has left to be stored, and retries, behind first attempts
   */
  of(workspaceId: string, surroundings: Clock & Timers, isLater = false): Pace {
    const looker: Looker = { workspaceId, isLater, round: null, gaveWay: 0 };
    const line = lineOf(looker);
    const mayBegin = (chargeMs = 0) => this.#mayBegin(looker, surroundings, chargeMs);
    const lookAgainMs = () => Math.floor((this.#waiting.get(line)?.looks ?? 0) / LOOKS_PER_MS);
    const run = (piece: () => void, chargeMs = 0): void => {
      if (mayBegin(chargeMs)) piece();
      else surroundings.after(lookAgainMs(), () => run(piece, chargeMs));
    };
    return { mayBegin, lookAgainMs, run };
  }

  #mayBegin(looker: Looker, surroundings: Clock & Timers, chargeMs: number): boolean {
    const nowMs = surroundings.nowMs();
    // The timer that was to end this round was set before the one by which it looks again.
    if (looker.round === this.#round) this.#end();
    looker.round = null;
    if (this.#isSpent(nowMs)) {
      looker.round = this.#round;
      this.#noteLook(looker, nowMs);
      return false;
    }
    if (this.#givesWay(looker, nowMs)) {
      this.#noteLook(looker, nowMs);
      return false;
    }
    looker.gaveWay = 0;
    if (this.#sinceMs === null) this.#begin(nowMs, surroundings);
    this.#chargedMs += chargeMs;
    this.#served = looker.workspaceId;
    noteUse(looker.workspaceId, nowMs);
    // Those of it that still wait say so at their next look.
    this.#waiting.delete(lineOf(looker));
    return true;
  }

  #isSpent(nowMs: number): boolean {
    if (this.#sinceMs === null) return false;
    const tookMs = nowMs - this.#sinceMs;
    if (tookMs < 0 || tookMs > LOST_MS) {
      this.#end();
      return false;
    }
    return tookMs + this.#chargedMs >= ROUND_MS;
  }

  #begin(nowMs: number, timers: Timers): void {
    this.#sinceMs = nowMs;
    const round = this.#round;
    timers.after(0, () => {
      if (this.#round === round) this.#end();
    });
  }

  #end(): void {
    this.#round++;
    this.#sinceMs = null;
    this.#chargedMs = 0;
  }

  #noteLook({ workspaceId, isLater }: Looker, nowMs: number): void {
    const line = lineOf({ workspaceId, isLater });
    const before = this.#waiting.get(line);
    const looks = before?.round === this.#round ? before.looks + 1 : 1;
    this.#waiting.set(line, { workspaceId, round: this.#round, looks, lookedAt: nowMs });
    if (this.#waiting.size > REMEMBERED_LINES) this.#waiting.clear();
  }

  /** Whether it leaves the round to another workspace, since its own was served last, or to what comes first in its own. */
  #givesWay(looker: Looker, nowMs: number): boolean {
    const { workspaceId, isLater } = looker;
    if (this.#areOthersNext(workspaceId, nowMs)) return true;
    if (!isLater || looker.gaveWay === GIVES_WAY_TIMES || !this.#isWaiting(workspaceId, nowMs)) return false;
    looker.gaveWay++;
    return true;
  }

  #areOthersNext(workspaceId: string, nowMs: number): boolean {
    if (workspaceId !== this.#served) return false;
    for (const [line, other] of this.#waiting) {
      if (other.workspaceId !== workspaceId && this.#isWaiting(line, nowMs)) return true;
    }
    return false;
  }

  /** Whether a piece of a line looked lately. */
  #isWaiting(line: string, nowMs: number): boolean {
    const waiting = this.#waiting.get(line);
    if (waiting === undefined) return false;
    const isLately = Math.abs(nowMs - waiting.lookedAt) <= LOOKED_MS;
    if (!isLately) this.#waiting.delete(line);
    return isLately;
  }
}

let rounds: Rounds | null = null;

/** The pace of a workspace's pieces of work in this isolate; see `Rounds.of`. */
export function paceOf(workspaceId: string, surroundings: Clock & Timers, isLater = false): Pace {
  rounds ??= new Rounds();
  return rounds.of(workspaceId, surroundings, isLater);
}
