import type { DeliveryPolicy } from "../../contract/policy.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { Attempt } from "../../domain/delivery.ts";
import { orderBy } from "../../domain/order.ts";
import { type AttemptOutcome, decide } from "../../domain/retry.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Pace } from "../../storage/rounds.ts";
import type { Standing } from "../health/standing.ts";
import type { DeliveryQueue } from "../queue/queue.ts";
import type { ClaimedDelivery } from "../record/claim.ts";
import { type DecidedAttempt, type EndpointEffects, effectsOf } from "../record/effects.ts";
import type { RunSums } from "../record/runs.ts";
import { nextCommitTurn } from "./commit-turns.ts";

/**
 * Attempts that ended and are not on record: a crash repeats as many, and those in flight. Each life begins with fewer, and has
 * twice as many wait after each transaction: one that is ended again and again as it stores them repeats few each time.
 */
const FIRST_UNRECORDED = 16;
const MOST_UNRECORDED = 64;

/** What their records may hold in memory, characters of answers. */
const MOST_CHARACTERS = 256 * 1024;

/** This part of them may wait behind one in flight that was taken before them; beyond that it is stored as it is. */
const SHARE_BEHIND = 1 / 2;

/** How long a result waits for others to share its transaction, where there are others. */
const LINGER_MS = 250;

/** While first attempts wait for the thread, it is looked again so much later whether they still do. */
const LOOK_AT_FIRST_ATTEMPTS_AGAIN_MS = 250;

/** An attempt is alone that ends so long after the one before. */
const LONE_AFTER_MS = 1000;

/** So many are worth a transaction of their own once nothing more is under way. */
const WORTH_A_COMMIT = 16;

/** What has not ended so long after it was taken is stored as it is: the log waits for it. */
const HELD_MS = 1000;

export interface SettlingPort {
  queue: DeliveryQueue;
  standing: Pick<Standing, "consecutiveFailures" | "holdUntil" | "resumes">;
  surroundings: Surroundings;
  deadlines: Deadlines;
  /** When the workspace's work for many objects may take the thread, which all workspaces share. */
  pace(): Pick<Pace, "run">;
  /** How long in all a transaction may be put off that is due, since first attempts of other endpoints wait; milliseconds. */
  putOffMs(): number;
  policy(): DeliveryPolicy;
  /** What is stored with a run, beside its deliveries; part of the transaction that stores it. */
  sums(): Omit<RunSums, "epoch">;
  /** Runs the recording of a group, with the epoch of the counts, as one transaction with the endpoint's own changes. */
  commit(record: (epoch: number) => void, effects: EndpointEffects): void;
  /** Something was stored by itself: who waits for that hears it, and more may start. */
  tellSettled(): void;
}

/** What became of a claimed delivery. */
export interface EndedClaim {
  claimed: ClaimedDelivery;
  outcome: AttemptOutcome;
  /** See `DecideInput`. */
  beganBeforeResume: boolean;
}

/** What the record of an attempt takes of an answer, characters. */
function charactersOf({ response }: Attempt): number {
  if (response === null) return 0;
  const headers = Object.entries(response.headers);
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, response.body.length);
}

/**
 * What became of attempts, on its way to the disk. Each result is decided on at once; it is stored with others, in one
 * transaction with the deliveries that were held in memory up to then. That is never in front of an attempt, but where the
 * order asks for it.
 */
export class Settling {
  readonly #port: SettlingPort;
  /** In the order in which they ended. */
  #ended: DecidedAttempt[] = [];
  #characters = 0;
  #mostUnrecorded = FIRST_UNRECORDED;
  /** Failed attempts in a row, those that are not on record among them; null = as is on record. */
  #failures: number | null = null;
  #lastEndedAt = Number.NEGATIVE_INFINITY;
  /** Whether the last one to end came long after the one before. */
  #isLone = true;
  /** When the timer rings that counts, Unix milliseconds; others find that they do not. */
  #settleAt = Number.POSITIVE_INFINITY;
  /** Since when what has ended would be stored, but for the first attempts of others; null = it is not due. Unix milliseconds. */
  #dueSince: number | null = null;
  /** Takes back the deadline of what is held; null = nothing is. */
  #endHold: (() => void) | null = null;

  constructor(port: SettlingPort) {
    this.#port = port;
  }

  /** Attempts that ended and are not on record. */
  get count(): number {
    return this.#ended.length;
  }

  /** Whether as many wait for their record as may: until then nothing starts. */
  get isFull(): boolean {
    return this.#ended.length >= this.#mostUnrecorded || this.#characters >= MOST_CHARACTERS;
  }

  /** Decides what an attempt means. Returns whether it holds or changes its endpoint, which must be stored at once. */
  add({ claimed, outcome, beganBeforeResume }: EndedClaim): boolean {
    const { queue, standing, policy, surroundings } = this.#port;
    const nowMs = surroundings.nowMs();
    const { attempt } = outcome;
    const decision = decide({
      outcome,
      scheduleStart: claimed.scheduleStart,
      consecutiveFailures: this.#failures ?? standing.consecutiveFailures,
      beganBeforeResume,
      policy: policy(),
      nowMs,
      random: surroundings.random(),
    });
    const { delivery, counts, change, holdUntil } = decision;
    const ended = { claimed, attempt, decision: delivery, counts, change, holdUntil: holdUntil ?? 0 };
    this.#ended.push(ended);
    this.#failures = decision.consecutiveFailures;
    this.#characters += charactersOf(attempt);
    queue.claims.noteLanded(ended);
    this.#isLone = nowMs - this.#lastEndedAt > LONE_AFTER_MS;
    this.#lastEndedAt = nowMs;
    return change !== null || holdUntil !== null;
  }

  /** Deliveries were taken that are held in memory: they are stored before long, whatever becomes of them. */
  hold(): void {
    const { queue, surroundings } = this.#port;
    if (this.#endHold !== null || queue.held.isEmpty) return;
    this.#storeHeldIn(HELD_MS, queue.lastSequence, surroundings.nowMs());
  }

  #storeHeldIn(waitMs: number, upTo: number, sinceMs: number): void {
    const { deadlines, surroundings } = this.#port;
    this.#endHold = deadlines.in(waitMs, () => {
      this.#endHold = null;
      const nowMs = surroundings.nowMs();
      const lookAgainAt = this.#lookAgainAt(sinceMs, nowMs);
      if (lookAgainAt !== null) return this.#storeHeldIn(lookAgainAt - nowMs, upTo, sinceMs);
      // One event may be held by hundreds of endpoints.
      this.#port.pace().run(() => {
        this.settle(upTo);
        // Those that were taken since have their own.
        this.hold();
        this.#port.tellSettled();
      });
    });
  }

  /** Stores what has ended before long, together with what ends until then. */
  settleSoon(): void {
    if (this.#ended.length === 0) return;
    const { queue, surroundings } = this.#port;
    const nowMs = surroundings.nowMs();
    const isAtRest = queue.inFlight === this.#ended.length && queue.held.waiting.count === 0;
    const isAlone = isAtRest && (this.#isLone || this.#ended.length >= WORTH_A_COMMIT);
    this.#settleBy(isAlone ? nowMs : Math.min(nowMs + LINGER_MS, this.#nextAttemptAt()), nowMs);
  }

  /** Sets the timer, unless one is set that rings before. */
  #settleBy(wantedAt: number, nowMs: number): void {
    if (this.#settleAt <= wantedAt) return;
    if (wantedAt <= nowMs) this.#settleAtTurn(nowMs);
    else this.#ringAt(wantedAt, nowMs, () => this.#settleAtTurn(this.#port.surroundings.nowMs()));
  }

  #settleAtTurn(nowMs: number): void {
    // What ends meanwhile puts it off no further.
    this.#dueSince ??= nowMs;
    const lookAgainAt = this.#lookAgainAt(this.#dueSince, nowMs);
    if (lookAgainAt !== null) {
      this.#ringAt(lookAgainAt, nowMs, () => this.#settleAtTurn(this.#port.surroundings.nowMs()));
      return;
    }
    const turnAt = nextCommitTurn(nowMs);
    this.#ringAt(turnAt, nowMs, () =>
      this.#port.pace().run(() => {
        if (this.#settleAt !== turnAt) return;
        this.settle(this.#dueUpTo());
        this.#port.tellSettled();
      }),
    );
  }

  /**
   * When it is looked again whether what was due at a time may be stored, Unix milliseconds: first attempts of others come before
   * it, and nothing of its own waits for it. Null = it may be now.
   */
  #lookAgainAt(sinceMs: number, nowMs: number): number | null {
    const isAwaited = orderBy(this.#port.policy().order) !== null;
    if (isAwaited || this.#nextAttemptAt() <= nowMs + LOOK_AT_FIRST_ATTEMPTS_AGAIN_MS) return null;
    const leftMs = this.#port.putOffMs() - Math.abs(nowMs - sinceMs);
    return leftMs > 0 ? nowMs + Math.min(LOOK_AT_FIRST_ATTEMPTS_AGAIN_MS, leftMs) : null;
  }

  /** Timers are never cleared, see deadlines.ts: one finds that another is set. */
  #ringAt(atMs: number, nowMs: number, ring: () => void): void {
    this.#settleAt = atMs;
    this.#port.surroundings.after(Math.max(0, atMs - nowMs), () => {
      if (this.#settleAt === atMs) ring();
    });
  }

  /** The highest sequence of those that failed and are due again: its row must be there. */
  #dueUpTo(): number {
    const nowMs = this.#port.surroundings.nowMs();
    const due = this.#ended.filter(
      ({ decision: next }) => next.status === "pending" && next.nextAttemptAt <= nowMs,
    );
    return Math.max(Number.NEGATIVE_INFINITY, ...due.map(({ claimed }) => claimed.sequence));
  }

  /** When the first of those that failed is due again: not much later than it is stored. */
  #nextAttemptAt(): number {
    const dues = this.#ended.map(({ decision }) =>
      decision.status === "pending" ? decision.nextAttemptAt : Number.POSITIVE_INFINITY,
    );
    return Math.min(...dues);
  }

  /**
   * Stores what has ended, as far as it is not held behind what has not; what is held, up to a sequence, whether it has ended or
   * not.
   */
  settle(upTo = Number.NEGATIVE_INFINITY): void {
    this.#settleAt = Number.POSITIVE_INFINITY;
    this.#dueSince = null;
    const { queue, surroundings } = this.#port;
    const { held } = queue;
    const point = held.isEmpty
      ? Number.NEGATIVE_INFINITY
      : Math.max(upTo, held.endedUpTo(SHARE_BEHIND * this.#mostUnrecorded));
    const isStored = ({ claimed }: DecidedAttempt) =>
      claimed.sequence <= point || claimed.sequence < held.from;
    const group = this.#ended.filter(isStored);
    const rest = this.#ended.filter((ended) => !isStored(ended));
    if (group.length > 0 || point >= held.from) {
      this.#store(group, point, rest.length === 0);
      // Only now: a life that is over fails to store, and must not go on as if there were room for more.
      this.#ended = rest;
      this.#mostUnrecorded = Math.min(MOST_UNRECORDED, 2 * this.#mostUnrecorded);
      if (rest.length === 0) this.#failures = null;
      this.#characters = rest.reduce((sum, { attempt }) => sum + charactersOf(attempt), 0);
      if (held.isEmpty) {
        this.#endHold?.();
        this.#endHold = null;
      }
      this.hold();
    }
    const nowMs = surroundings.nowMs();
    const againAt = Math.min(
      group.length > 0 ? nowMs + LINGER_MS : Number.POSITIVE_INFINITY,
      this.#nextAttemptAt(),
    );
    if (rest.length > 0 && againAt < Number.POSITIVE_INFINITY)
      this.#settleBy(Math.max(nowMs + 1, againAt), nowMs);
  }

  /** As many wait for their record as may: makes room. */
  makeRoom(): void {
    this.settle();
    if (this.isFull) this.settleAll();
  }

  /** Stores everything: before anybody reads or changes what is stored. */
  settleAll(): void {
    if (this.#ended.length > 0 || !this.#port.queue.held.isEmpty) this.settle(this.#port.queue.lastSequence);
  }

  #store(group: readonly DecidedAttempt[], point: number, isAll: boolean): void {
    const { queue, standing } = this.#port;
    const nowMs = this.#port.surroundings.nowMs();
    const ofRows = group.filter(({ claimed }) => claimed.sequence < queue.held.from);
    this.#port.commit(
      (epoch) => {
        queue.record(ofRows, nowMs, epoch);
        if (point >= queue.held.from) queue.settle(point, nowMs, { ...this.#port.sums(), epoch });
        queue.claims.noteRecorded(group);
      },
      effectsOf(group, standing, isAll ? (this.#failures ?? standing.consecutiveFailures) : null),
    );
  }
}
