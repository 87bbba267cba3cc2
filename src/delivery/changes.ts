import type { IdempotentRequest, KeyConflict } from "../domain/idempotency.ts";
import type { Shape } from "../domain/stored.ts";
import type { Env } from "../env.ts";
import { answerOnce } from "../idempotency/objects.ts";
import { startAnew } from "../storage/start-anew.ts";
import { isStorageFullError, noteStorageFull } from "../storage/storage-room.ts";
import type { EndpointAlarm } from "./alarm.ts";
import { isKept, type Kept } from "./kept-answers.ts";
import type { EndpointParts } from "./parts.ts";

/** What a change asks of the endpoint's object. */
export interface ChangesPort {
  parts: Pick<EndpointParts, "configuration" | "health" | "queue" | "surroundings" | "tables" | "tail">;
  alarm: Pick<EndpointAlarm, "arm" | "wakeAtLeisure" | "wakeBy">;
  /** Stores all that is in memory alone; part of the transaction that surrounds it. */
  settleAll(): void;
  /** Something is stored that was not: who waits for that hears it. */
  tellSettled(): void;
}

/** How an endpoint's object changes what it has stored: all or nothing of each change, with an alarm for what follows from it. */
export class Changes {
  readonly #ctx: DurableObjectState;
  /** Whether all objects share one disk. */
  readonly #isOnDisk: boolean;
  readonly #port: ChangesPort;

  constructor(ctx: DurableObjectState, env: Pick<Env, "DISK">, port: ChangesPort) {
    this.#ctx = ctx;
    this.#isOnDisk = env.DISK !== undefined;
    this.#port = port;
  }

  /** Stores what became of attempts: one transaction, with an alarm for the work that it leaves, and for what is told of it. */
  storeResults(act: () => void): void {
    const { alarm, parts } = this.#port;
    this.transaction(() => {
      act();
      alarm.arm();
      const nowMs = parts.surroundings.nowMs();
      const [storeAt, tellAt] = [parts.health.storeBy(nowMs), parts.health.tellBy(nowMs)];
      if (storeAt !== null) alarm.wakeBy(storeAt);
      else if (tellAt !== null) alarm.wakeAtLeisure(tellAt);
    });
  }

  /** One transaction, with all that was in memory alone and an alarm for the work that it leaves. */
  change<T>(change: () => T): T {
    const { alarm, parts, settleAll, tellSettled } = this.#port;
    const { configuration, queue, tail } = parts;
    const last = queue.lastSequence;
    const result = this.transaction(() => {
      if (configuration.isPresent) settleAll();
      const made = change();
      alarm.arm();
      return made;
    });
    tellSettled();
    if (queue.lastSequence > last) tail.noteChanged(last + 1, queue.lastSequence);
    return result;
  }

  /** The answer of `act`, which changes what is stored; for a repeated request the first one's, kept with that change. */
  once<Answer extends { outcome: string }>(
    request: IdempotentRequest,
    shape: Shape<Kept<Answer>>,
    act: () => Answer,
  ): Answer | KeyConflict {
    const changing = {
      sql: this.#port.parts.tables.sql,
      transactionSync: <T>(work: () => T) => this.change(work),
    };
    const nowMs = this.#port.parts.surroundings.nowMs();
    const once = answerOnce<Kept<Answer>, Answer>(changing, shape, request, nowMs, () => {
      const made = act();
      return isKept(made) ? { keep: made } : { tell: made };
    });
    if (once.outcome === "key_conflict") return once;
    if (once.outcome === "answered" && once.isRepeated) return { ...once.answer, isRepeated: true };
    return once.outcome === "told" ? once.told : once.answer;
  }

  /** All or nothing; nothing that is in memory alone is stored with it. */
  transaction<T>(act: () => T): T {
    const { configuration, health, surroundings, tail } = this.#port.parts;
    try {
      return this.#ctx.storage.transactionSync(() => {
        const result = act();
        health.prepareCommit();
        configuration.keep();
        tail.keep();
        return result;
      });
    } catch (error) {
      if (this.#isOnDisk && isStorageFullError(error)) noteStorageFull(surroundings.nowMs());
      // What memory counts is not what was stored: a new instance reads it again.
      startAnew(this.#ctx, `a change of what is stored failed: ${error}`);
      throw error;
    }
  }
}
