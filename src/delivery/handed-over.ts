import type { HandOver, HandOverAnswer, Taking, TakingAnswer } from "../domain/messages.ts";
import { pause } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { isMethodMissing } from "../objects/object-errors.ts";
import { logNamed } from "../objects/objects.ts";
import type { EndpointAlarm } from "./alarm.ts";
import type { EndpointParts } from "./parts.ts";
import type { Sending } from "./sending.ts";

/** How often, and how many times, it is looked whether what was lost has come again. */
const CATCH_UP_MS = 200;
const CATCH_UP_TRIES = 20;

/** What taking asks of the endpoint's object. */
export interface HandedOverPort {
  parts: Pick<EndpointParts, "intake" | "queue" | "surroundings" | "tail">;
  alarm: Pick<EndpointAlarm, "noteBatch">;
  sending: Pick<Sending, "mayHold" | "hasRoomToHold" | "noteHeld" | "drain">;
  /** Runs a change of what is stored as one transaction. */
  change<T>(change: () => T): T;
  /** Asks the log of the newest delivery whether it waits for nothing that it handed over; `looksAgain`: for what it was asked before. */
  isSettled(looksAgain: boolean): Promise<boolean>;
}

/** A batch that is not answered yet. */
interface Waiting {
  logId: string;
  /** Log position of its last event. */
  position: number;
  answer(answer: TakingAnswer): void;
}

/**
 * What logs hand over, and their answers: each waits until all of its batch is settled, but no longer than until its next one
 * comes, which waits for both. So one call at a time stays open, by which a log learns that the object was lost.
 */
export class HandedOver {
  readonly #port: HandedOverPort;
  /** Whether this life has all that was handed over to one before it, which may have given it numbers. */
  #isCaughtUp = false;
  /** Whether the life before this one had a backlog: one that has takes nothing into memory alone. */
  readonly #hadBacklog: boolean;
  #waiting: Waiting[] = [];
  #catchingUp: Promise<void> | null = null;

  constructor(port: HandedOverPort) {
    this.#port = port;
    this.#hadBacklog = !port.parts.queue.hasNoBacklog;
  }

  /** Takes a batch as rows. */
  enqueue(batch: HandOver): HandOverAnswer {
    const { alarm, change, parts } = this.#port;
    alarm.noteBatch();
    return change(() => parts.intake.take(batch, parts.surroundings.nowMs()));
  }

  /**
   * Takes a batch: into memory, from where it is attempted at once, or as rows, where it would only wait. Answers how far what
   * came is settled.
   */
  take(batch: Taking): TakingAnswer | Promise<TakingAnswer> {
    const { logId, after, events } = batch;
    if (after !== null && after > this.#port.parts.intake.takenOf(logId)) return { outcome: "gap" };
    if (!this.#hold(batch)) {
      const answer = this.enqueue(batch);
      // What does not fit was in no life's memory, where all there is are not retries that others may overtake.
      if (answer.outcome === "full" && this.#hadBacklog) this.#isCaughtUp = true;
      if (answer.outcome !== "taken") return answer;
    }
    this.#isCaughtUp ||= batch.isAll;
    return this.#answerOf(logId, events.at(-1)?.position ?? 0);
  }

  /**
   * Whether something else may take a number: not before what a life before this one took, and lost, has come again, since it was
   * attempted with its number. `looksAgain`: whoever waits for it has asked before.
   */
  async isCaughtUp(looksAgain = false): Promise<boolean> {
    if (!this.#isCaughtUp && (await this.#port.isSettled(looksAgain))) this.#isCaughtUp = true;
    return this.#isCaughtUp;
  }

  /**
   * Waits, before a batch is taken, for what a life before this one held in memory: that was all of one log, and what another one
   * hands over comes behind it. Null = the batch may be taken now.
   */
  awaitOtherLogs({ logId, workspaceId }: HandOver): Promise<void> | null {
    const current = this.#port.parts.intake.currentLogId ?? workspaceId;
    if (this.#isCaughtUp || logId === current) return null;
    // All that wait wait for the same, and go on in the order in which they came.
    this.#catchingUp ??= this.catchUp().finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  /** Waits until something else may take a number. Throws where that takes too long. */
  async catchUp(): Promise<void> {
    const { surroundings } = this.#port.parts;
    for (let tries = 0; !(await this.isCaughtUp(tries > 0)); tries++) {
      if (tries === CATCH_UP_TRIES) throw new Error("what was handed over before comes first");
      await pause(surroundings, CATCH_UP_MS);
    }
  }

  /** Takes a batch into memory alone; false = it is to be stored. */
  #hold(batch: Taking): boolean {
    const { alarm, parts, sending } = this.#port;
    const { intake, queue, surroundings, tail } = parts;
    const last = queue.lastSequence;
    const hasRoomFor = (bytes: number) => sending.hasRoomToHold(bytes);
    if (!sending.mayHold || !intake.hold(batch, surroundings.nowMs(), hasRoomFor)) return false;
    alarm.noteBatch();
    if (queue.lastSequence > last) tail.noteChanged(last + 1, queue.lastSequence);
    sending.drain.hold();
    sending.noteHeld();
    return true;
  }

  #answerOf(logId: string, position: number): TakingAnswer | Promise<TakingAnswer> {
    this.#answer((waiting) => waiting.logId === logId);
    const settled = this.#port.parts.intake.settledOf(logId);
    if (settled >= position) return { outcome: "taken", settled };
    return new Promise((answer) => this.#waiting.push({ logId, position, answer }));
  }

  /** Something was stored that was in memory alone. */
  tellSettled(): void {
    const { intake } = this.#port.parts;
    this.#port.sending.noteHeld();
    this.#answer(({ logId, position }) => intake.settledOf(logId) >= position);
  }

  /** The endpoint is erased. */
  end(): void {
    this.#port.parts.queue.held.clear();
    this.#port.sending.noteHeld();
    for (const { answer } of this.#waiting.splice(0)) answer({ outcome: "gone" });
  }

  #answer(isNow: (waiting: Waiting) => boolean): void {
    const answered = this.#waiting.filter(isNow);
    if (answered.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => !isNow(waiting));
    const { intake } = this.#port.parts;
    for (const { logId, answer } of answered) answer({ outcome: "taken", settled: intake.settledOf(logId) });
  }
}

/**
 * Whether the log of an endpoint's newest delivery waits for nothing that it handed over; one that runs older code hands over what is
 * stored at once.
 */
export async function isSettledInLog(
  env: Env,
  { configuration, endpointId, intake }: Pick<EndpointParts, "configuration" | "endpointId" | "intake">,
  looksAgain: boolean,
): Promise<boolean> {
  const log = logNamed(env, intake.currentLogId ?? configuration.current.config.workspaceId);
  try {
    return await log.isSettled(endpointId(), looksAgain);
  } catch (error) {
    if (isMethodMissing(error)) return true;
    throw error;
  }
}
