import { contentDigest } from "../../content-digest.ts";
import type { LoggedEvent } from "../../domain/event.ts";
import { eventIdAt, type IdSeed } from "../../domain/ids.ts";
import type { AcceptedEvent } from "../../domain/messages.ts";
import { OwnIds } from "../store/own-ids.ts";

/** An event that exists under an id the publisher sent again, where that id was made by the server. */
export type KnownEvents = ReadonlyMap<string, LoggedEvent>;

/** An event that was accepted under its publisher's id: its content's digest, and what was answered. */
export interface Answered {
  digest: Uint8Array;
  answer: AcceptedEvent;
}

/** What was answered to events that came under an id of their publisher's, as the tables have it. */
export class FirstAnswers {
  readonly #sql: SqlStorage;
  readonly #ownIds: OwnIds;
  readonly #seed: IdSeed;

  constructor(sql: SqlStorage, seed: IdSeed) {
    this.#sql = sql;
    this.#ownIds = new OwnIds(sql);
    this.#seed = seed;
  }

  /** To an event of an own id that is no event id; null = none within 24 h. */
  ofOwnId(ownId: string, type: string, nowMs: number): Answered | null {
    const first = this.#ownIds.findRecent(ownId, nowMs);
    if (first === null) return null;
    const { position, digest, created, endpoints } = first;
    return { digest, answer: { id: eventIdAt(position, this.#seed), ownId, type, created, endpoints } };
  }

  /** To an event of an event id. `known`: the events among those whose ids the server made. */
  ofEventId(id: string, known: KnownEvents): Answered | null {
    const row = this.#sql
      .exec<{ digest: ArrayBuffer; created: number; endpoints: number; type: string }>(
        "SELECT digest, created, endpoints, type FROM publisher_ids WHERE id = ?",
        id,
      )
      .toArray()[0];
    if (row) {
      const answer = { id, type: row.type, created: row.created, endpoints: row.endpoints };
      return { digest: new Uint8Array(row.digest), answer };
    }
    const event = known.get(id);
    return event ? { digest: contentDigest(event), answer: answerOf(event) } : null;
  }
}

/** The answer to an event that is accepted. */
export function answerOf({ id, ownId, type, created, endpoints }: LoggedEvent): AcceptedEvent {
  return { id, ...(ownId === undefined ? {} : { ownId }), type, created, endpoints: endpoints.length };
}
