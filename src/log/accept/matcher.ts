import type { NewEvent } from "../../domain/event.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { type MatchedEvent, MatchJob, type MatchJobPort, type MatchRoom } from "./match-job.ts";
import { SharedLists } from "./shared-lists.ts";
import { awaitTurn, TURN_MS } from "./thread-turns.ts";

/** What filters may take at once, in steps (`filter/cel/run.ts`): a millisecond as a rule, 3 at the worst. */
export const STEPS_AT_ONCE = 50_000;

/** What one event's filters may take in the first lane: about 50 ms at the worst. */
export const EVENT_STEPS = 1_000_000;

/** The second lane gets one turn in so many, however much waits in the first. */
const TURNS_PER_SECOND_LANE_TURN = 4;

/**
 * What may wait in the lanes, as far as can be told, before a further request is refused: longer than this a publisher
 * does not wait for its answer. In bytes half of what may wait for a commit, so that events without costly filters are
 * accepted all the same.
 */
const MAX_WAIT_MS = 30_000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** In the lists of endpoints that a log's next requests may share with the last ones: a MiB. */
const SHARED_NUMBERS = 128 * 1024;

/** Steps that the lanes of one log take in a millisecond, the pauses between turns included. */
const STEPS_PER_MS = STEPS_AT_ONCE / TURN_MS;

/**
 * Matches events before they are stored. Most of them take microseconds and are matched at once. A workspace may have
 * thousands of costly filters, though, and one thread serves all workspaces: what takes more than a millisecond goes on
 * in turns, between which everybody else's work runs, so that only the publisher of that event waits for its 202. An
 * event that has had its 50 ms goes on in the second lane: the other costly events of its log need not wait for it.
 */
export class Matcher {
  readonly #port: MatchJobPort;
  readonly #surroundings: Clock & Timers;
  readonly #shared = new SharedLists(SHARED_NUMBERS);
  readonly #first: MatchJob[] = [];
  readonly #second: MatchJob[] = [];
  #isRunning = false;
  #turn = 0;
  /** What all jobs in the lanes hold. */
  #waitingEvents = 0;
  #waitingBytes = 0;
  /** What each event took of the job that left the lanes last, in steps. */
  #stepsPerEvent = 0;

  constructor(port: MatchJobPort, surroundings: Clock & Timers) {
    this.#port = port;
    this.#surroundings = surroundings;
  }

  /**
   * The events with their matches, by the subscriptions that are there when this is called, or later. Null: too much
   * waits to be matched already, or takes memory.
   * @param nowMs becomes the `created` of events that have none
   * @param room what the events hold in memory while they wait, and their matches; absent = they are never refused
   */
  async match(events: readonly NewEvent[], nowMs: number, room?: MatchRoom): Promise<MatchedEvent[] | null> {
    const job = new MatchJob(events, nowMs, this.#port, this.#shared, room);
    if (job.advance(STEPS_AT_ONCE)) return job.done;
    if (room !== undefined && !this.#hasRoomFor(room.bytes)) return null;
    const bytes = room?.bytes ?? 0;
    this.#waitingEvents += events.length;
    this.#waitingBytes += bytes;
    this.#put(job);
    this.#run();
    try {
      return await job.done;
    } finally {
      this.#waitingEvents -= events.length;
      this.#waitingBytes -= bytes;
    }
  }

  #hasRoomFor(bytes: number): boolean {
    if (this.#waitingEvents === 0) return true;
    const waitMs = (this.#waitingEvents * this.#stepsPerEvent) / STEPS_PER_MS;
    return waitMs <= MAX_WAIT_MS && this.#waitingBytes + bytes <= MAX_WAITING_BYTES;
  }

  #put(job: MatchJob): void {
    (job.eventSteps > EVENT_STEPS ? this.#second : this.#first).push(job);
  }

  /** The job whose turn it is. */
  #nextJob(): MatchJob | undefined {
    const isSecondLanesTurn = ++this.#turn % TURNS_PER_SECOND_LANE_TURN === 0;
    const [preferred, other] = isSecondLanesTurn ? [this.#second, this.#first] : [this.#first, this.#second];
    return preferred.shift() ?? other.shift();
  }

  /** Takes turns for as long as anything waits. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (;;) {
      await awaitTurn(this.#surroundings);
      const job = this.#nextJob();
      if (job === undefined) break;
      if (job.advance(STEPS_AT_ONCE)) this.#stepsPerEvent = job.steps / Math.max(1, job.matched.length);
      else this.#put(job);
    }
    this.#isRunning = false;
  }
}
