import type { HandedOverUpTo } from "../../domain/messages.ts";
import type { SchemaStep } from "../../storage/schema.ts";
import type { Share } from "../store/share.ts";

/** Endpoints that have all of a stage's events that lie in front of it. */
export const PASSED_SCHEMA: SchemaStep = {
  statements: [
    "CREATE TABLE passed (epoch INTEGER, endpoint INTEGER, PRIMARY KEY (epoch, endpoint)) WITHOUT ROWID",
  ],
  olderCodeMayRead: true,
};

/** How often it is asked whether all endpoints have what lies in front of a stage, which ends it. */
const ASK_ALL_MS = 60_000;

export interface PredecessorsPort {
  sql: SqlStorage;
  share: Share;
  nowMs(): number;
  ask(log: number, endpointId: string, position: number): Promise<HandedOverUpTo>;
}

/**
 * What was accepted before the number of logs was raised comes first: the events of a key may have lain in another log then. An
 * endpoint is handed nothing from behind such a stage before it has, stored, what the other logs had accepted in front of it. That
 * it has is stored before it is used: the other log may know less after a crash.
 */
export class Predecessors {
  readonly #port: PredecessorsPort;
  /** When those were asked whom nothing waits for, Unix milliseconds. */
  #askedAllAt = 0;

  constructor(port: PredecessorsPort) {
    this.#port = port;
  }

  /** Whether there is nothing to wait for, for any endpoint. */
  get areAllPassed(): boolean {
    return this.#port.share.current.stages.length === 0;
  }

  /** The position up to which an endpoint may be handed events; infinite = all of them. */
  async limit(endpointNumber: number, endpointId: string): Promise<number> {
    for (const { epoch, barriers } of [...this.#port.share.current.stages]) {
      if (this.#hasPassed(epoch, endpointNumber)) {
        if (this.#mayAskAll()) this.#askWhetherAllHave(epoch, barriers, endpointNumber, endpointId);
        continue;
      }
      const said = await this.#ask(barriers, endpointId);
      if (!said.every(({ here }) => here)) return Math.max(...barriers);
      this.#note(epoch, endpointNumber, said);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Nobody waits for that: where a log does not answer, or it cannot be stored, it is asked again. */
  #askWhetherAllHave(
    epoch: number,
    barriers: readonly number[],
    endpointNumber: number,
    endpointId: string,
  ): void {
    this.#ask(barriers, endpointId)
      .then((said) => this.#note(epoch, endpointNumber, said))
      .catch(() => {});
  }

  #mayAskAll(): boolean {
    const nowMs = this.#port.nowMs();
    if (Math.abs(nowMs - this.#askedAllAt) < ASK_ALL_MS) return false;
    this.#askedAllAt = nowMs;
    return true;
  }

  #ask(barriers: readonly number[], endpointId: string): Promise<HandedOverUpTo[]> {
    const { ask, share } = this.#port;
    const others = barriers.flatMap((position, log) =>
      log === share.number ? [] : [ask(log, endpointId, position)],
    );
    return Promise.all(others);
  }

  #hasPassed(epoch: number, endpointNumber: number): boolean {
    return (
      this.#port.sql
        .exec("SELECT 1 FROM passed WHERE epoch = ? AND endpoint = ?", epoch, endpointNumber)
        .toArray().length > 0
    );
  }

  #note(epoch: number, endpointNumber: number, said: readonly HandedOverUpTo[]): void {
    const { share, sql } = this.#port;
    if (!share.current.stages.some((stage) => stage.epoch === epoch)) return;
    if (said.every(({ everywhere }) => everywhere)) {
      share.endStage(epoch);
      sql.exec("DELETE FROM passed WHERE epoch = ?", epoch);
    } else sql.exec("INSERT OR IGNORE INTO passed (epoch, endpoint) VALUES (?, ?)", epoch, endpointNumber);
  }
}
