import { textOf } from "../../content-digest.ts";
import { acceptedEventsShape } from "../../domain/accepted-events.ts";
import type {
  ClaimAnswer,
  ClaimedName,
  ClaimRequest,
  NamesAsked,
  NamesKnown,
  OwnClaims,
} from "../../domain/claim-messages.ts";
import type { IdSeed } from "../../domain/ids.ts";
import { isEventId, positionOfEventId } from "../../domain/ids.ts";
import { firstAnswer } from "../../idempotency/objects.ts";
import type { AlarmedStorage } from "../../storage/wake-up.ts";
import type { Share } from "../store/share.ts";
import { MAX_STORED_BYTES, STORED_RETRY_SECONDS } from "./appender.ts";
import type { Claims } from "./claims.ts";
import { FirstAnswers, type KnownEvents } from "./first-answers.ts";

export interface NamesPort {
  storage: Pick<AlarmedStorage, "sql" | "transactionSync">;
  seed: IdSeed;
  share: Pick<Share, "accepts" | "addCount">;
  claims: Claims;
  lookup: { findKnown(ids: readonly string[]): Promise<KnownEvents> };
  nowMs(): number;
}

/** Names that publishers gave to events and requests: what was accepted here under them, and for which log they are claimed. */
export class Names {
  readonly #port: NamesPort;
  readonly #answers: FirstAnswers;

  constructor(port: NamesPort) {
    this.#port = port;
    this.#answers = new FirstAnswers(port.storage.sql, port.seed);
  }

  /** Claims names in the register, which log 0 holds. */
  async claim({ epoch, log, names }: ClaimRequest): Promise<ClaimAnswer> {
    const { claims, lookup, nowMs, seed, share, storage } = this.#port;
    const made = names.filter(({ kind, name }) => kind === "event" && isMade(name, seed));
    const known = await lookup.findKnown(made.map(({ name }) => name));
    if (!share.accepts(epoch)) return { outcome: "rerouted" };
    // Names alone fill an object, too.
    if (storage.sql.databaseSize > MAX_STORED_BYTES)
      return { outcome: "overloaded", retryAfterSeconds: STORED_RETRY_SECONDS };
    const accepted = ({ kind, name, digest }: ClaimedName) => {
      if (kind === "request") {
        const first = firstAnswer(storage.sql, acceptedEventsShape, { id: name, digest }, nowMs());
        return first.outcome === "none" ? null : { isSame: first.outcome === "repeated" };
      }
      const first = isEventId(name)
        ? this.#answers.ofEventId(name, known)
        : this.#answers.ofOwnId(name, "", nowMs());
      return first && { isSame: textOf(first.digest) === digest };
    };
    return storage.transactionSync(() => claims.claim(names, log, epoch, nowMs(), accepted));
  }

  /** A request was refused that had claimed names. */
  giveBack(own: OwnClaims): void {
    const { claims, nowMs, storage } = this.#port;
    storage.transactionSync(() => claims.giveBack(own, nowMs()));
  }

  /** What was accepted in this log under some names. */
  async findAccepted({ events, request }: NamesAsked): Promise<NamesKnown> {
    const { lookup, nowMs, seed, share, storage } = this.#port;
    const made = events.filter(({ id }) => isMade(id, seed));
    const known = await lookup.findKnown(made.map(({ id }) => id));
    return share.addCount<NamesKnown>({
      events: events.map(({ id, type, digest }) => {
        const first = isEventId(id)
          ? this.#answers.ofEventId(id, known)
          : this.#answers.ofOwnId(id, type, nowMs());
        return first && { answer: first.answer, isSame: textOf(first.digest) === digest };
      }),
      request: firstAnswer(storage.sql, acceptedEventsShape, request, nowMs()),
    });
  }
}

function isMade(id: string, seed: IdSeed): boolean {
  return isEventId(id) && positionOfEventId(id, seed) !== null;
}
