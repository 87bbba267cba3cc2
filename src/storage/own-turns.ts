import type { Clock, Timers } from "../domain/surroundings.ts";
import { isSharedWithOthers, noteUse } from "./recent-use.ts";
import { type Pace, paceOf } from "./rounds.ts";

/**
 * When a piece of work may begin that comes by itself, as an answer does: at once, which is null, or in a later round of the
 * thread.
 * @param chargeMs what it takes of the thread, about, whenever it takes it
 */
export type Turn = (chargeMs: number) => Promise<void> | null;

interface Waiting {
  chargeMs: number;
  begin(): void;
}

/**
 * The pieces of one object that come by themselves. Where another workspace wants the thread, too, they begin through the
 * share that theirs has of its rounds, in the order in which they came; who has the thread alone waits for nobody. One timer
 * for all that wait: there may be a hundred, and thousands in the isolate.
 */
export class OwnTurns {
  readonly #workspaceId: () => string;
  readonly #surroundings: Clock & Timers;
  readonly #waiting: Waiting[] = [];
  #pace: Pace | null = null;

  /** @param workspaceId asked once the first piece comes */
  constructor(workspaceId: () => string, surroundings: Clock & Timers) {
    this.#workspaceId = workspaceId;
    this.#surroundings = surroundings;
  }

  readonly next: Turn = (chargeMs) => {
    if (this.#waiting.length === 0 && this.#mayBegin(chargeMs)) return null;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ chargeMs, begin: resolve });
    if (this.#waiting.length === 1) this.#lookAgain();
    return promise;
  };

  #mayBegin(chargeMs: number): boolean {
    const workspaceId = this.#workspaceId();
    const nowMs = this.#surroundings.nowMs();
    if (!isSharedWithOthers(workspaceId, nowMs)) {
      noteUse(workspaceId, nowMs);
      return true;
    }
    this.#pace ??= paceOf(workspaceId, this.#surroundings);
    return this.#pace.mayBegin(chargeMs);
  }

  #lookAgain(): void {
    this.#surroundings.after(this.#pace?.lookAgainMs() ?? 0, () => {
      for (let first = this.#waiting[0]; first && this.#mayBegin(first.chargeMs); first = this.#waiting[0]) {
        this.#waiting.shift();
        first.begin();
      }
      if (this.#waiting.length > 0) this.#lookAgain();
    });
  }
}
