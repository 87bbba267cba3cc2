import { contentDigest, sameDigest } from "../../content-digest.ts";
import { acceptedEventsShape, joinAnswers } from "../../domain/accepted-events.ts";
import { type LoggedEvent, OWN_ID_FUTURE_MS, OWN_ID_PAST_MS } from "../../domain/event.ts";
import type { IdempotentRequest } from "../../domain/idempotency.ts";
import { acceptedAt, eventIdAt, eventIdTime, type IdSeed } from "../../domain/ids.ts";
import type { AcceptedEvent, AppendAnswer, AppendRequest } from "../../domain/messages.ts";
import { answerOnce } from "../../idempotency/objects.ts";
import type { AlarmedStorage } from "../../storage/wake-up.ts";
import { encodeRuns } from "../store/chunk.ts";
import type { EventCounts } from "../store/event-counts.ts";
import { OwnIds } from "../store/own-ids.ts";
import { isFarId } from "../store/segment.ts";
import type { Share } from "../store/share.ts";
import { type Answered, answerOf, FirstAnswers, type KnownEvents } from "./first-answers.ts";
import type { MatchedEvent } from "./match-job.ts";

/** What one row is meant to hold, and its bound: SQLite in Durable Objects takes 2 MB, and workerd does not check. */
const CHUNK_BYTES = 400 * 1024;
const MAX_ROW_BYTES = 1_900_000;

export interface AppendBatchPort {
  storage: AlarmedStorage;
  seed: IdSeed;
  nowMs(): number;
  share: Pick<Share, "nextPosition">;
  /** The position up to which all is handed over: written along with each group. */
  handedOver(): number;
}

/** A request whose events are to be accepted, all or none. */
export interface BatchedRequest {
  events: MatchedEvent[];
  known: KnownEvents;
  request: IdempotentRequest | undefined;
  /** See `AppendRequest`. */
  before: AppendRequest["before"];
}

/** The events of one transaction while it is put together. */
export class AppendBatch {
  readonly events: LoggedEvent[] = [];
  lastPosition: number;
  /** With those of what was written. */
  counts: EventCounts;
  readonly #port: AppendBatchPort;
  readonly #nowMs: number;
  /** Own ids of this transaction, which the tables do not have yet. No text is both an event id and another own id. */
  readonly #own = new Map<string, Answered>();

  readonly #ownIds: OwnIds;
  readonly #firstAnswers: FirstAnswers;

  constructor(port: AppendBatchPort, lastPosition: number, counts: EventCounts) {
    this.#port = port;
    this.#ownIds = new OwnIds(port.storage.sql);
    this.#firstAnswers = new FirstAnswers(port.storage.sql, port.seed);
    this.#nowMs = port.nowMs();
    this.lastPosition = lastPosition;
    this.counts = counts;
  }

  /**
   * Adds a request's events: all of them, or none and the reason. With an Idempotency-Key the answer is kept at once,
   * so that another of the same group finds it; a failing transaction takes it back.
   */
  add({ request, ...batched }: BatchedRequest): AppendAnswer {
    if (request === undefined) return this.#add(batched);
    const { storage } = this.#port;
    const once = answerOnce<AcceptedEvent[], AppendAnswer>(
      storage,
      acceptedEventsShape,
      request,
      this.#nowMs,
      () => {
        const answer = this.#add(batched);
        return answer.outcome === "accepted" ? { keep: answer.events } : { tell: answer };
      },
    );
    if (once.outcome === "key_conflict") return once;
    if (once.outcome === "told") return once.told;
    const { answer, isRepeated } = once;
    return { outcome: "accepted", events: answer, ...(isRepeated ? { isRepeated } : {}) };
  }

  #add({ before, events, known }: Omit<BatchedRequest, "request">): AppendAnswer {
    const answers: AcceptedEvent[] = [];
    const fresh: LoggedEvent[] = [];
    const own: [string, Answered][] = [];
    const lastPosition = this.lastPosition;
    const refuse = (outcome: "conflict" | "id_out_of_range", index: number): AppendAnswer => {
      this.lastPosition = lastPosition;
      for (const [id] of own) this.#own.delete(id);
      return { outcome, index };
    };
    for (const [index, event] of events.entries()) {
      const named = event.id ?? event.ownId;
      if (named !== undefined) {
        const digest = contentDigest(event);
        const first = this.#firstAnswer(event, named, known);
        if (first) {
          if (!sameDigest(first.digest, digest)) return refuse("conflict", index);
          answers.push(first.answer);
          continue;
        }
        if (event.id !== undefined && !this.#isInRange(event.id)) return refuse("id_out_of_range", index);
        const logged = this.#accept(event);
        fresh.push(logged);
        const entry = { digest, answer: answerOf(logged) };
        own.push([named, entry]);
        this.#own.set(named, entry);
        answers.push(entry.answer);
      } else {
        const logged = this.#accept(event);
        fresh.push(logged);
        answers.push(answerOf(logged));
      }
    }
    for (const event of fresh) this.events.push(event);
    return { outcome: "accepted", events: before ? joinAnswers(answers, before) : answers };
  }

  #isInRange(id: string): boolean {
    const age = this.#nowMs - eventIdTime(id);
    return age <= OWN_ID_PAST_MS && age >= -OWN_ID_FUTURE_MS;
  }

  #accept(event: MatchedEvent): LoggedEvent {
    this.lastPosition = this.#port.share.nextPosition(this.lastPosition, this.#nowMs);
    const position = this.lastPosition;
    const acceptedAtMs = acceptedAt(position);
    return {
      position,
      id: event.id ?? eventIdAt(position, this.#port.seed),
      ...(event.ownId === undefined ? {} : { ownId: event.ownId }),
      type: event.type,
      created: event.created,
      apiVersion: event.apiVersion,
      tags: event.tags,
      context: event.context,
      acceptedAt: acceptedAtMs,
      data: event.data,
      ...(event.traceparent === undefined ? {} : { traceparent: event.traceparent }),
      sent: event.sent,
      ...event.match,
    };
  }

  /** @param named the id that its publisher gave it */
  #firstAnswer({ type, ownId }: MatchedEvent, named: string, known: KnownEvents): Answered | null {
    const inGroup = this.#own.get(named);
    if (inGroup) return inGroup;
    return ownId === undefined
      ? this.#firstAnswers.ofEventId(named, known)
      : this.#firstAnswers.ofOwnId(ownId, type, this.#nowMs);
  }

  /** Inserts all of it; returns the bytes of the chunks. */
  write(): number {
    const { sql } = this.#port.storage;
    let bytes = 0;
    for (const { events, bytes: body } of encodeRuns(this.events, CHUNK_BYTES, MAX_ROW_BYTES)) {
      bytes += body.length;
      this.counts = {
        accepted: this.counts.accepted + events.length,
        missed: events.reduce((total, { missed }) => total + missed.length, this.counts.missed),
      };
      sql.exec(
        "INSERT INTO chunks (first, last, events, bytes, handed_over, body, accepted, missed) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        events[0]?.position,
        events.at(-1)?.position,
        events.length,
        body.length,
        this.#port.handedOver(),
        body,
        this.counts.accepted,
        this.counts.missed,
      );
    }
    const ownIds: Parameters<OwnIds["insert"]>[0][number][] = [];
    for (const event of this.events) {
      const { ownId, position, created, endpoints } = event;
      const own = this.#own.get(ownId ?? event.id);
      if (!own) continue;
      if (ownId !== undefined) {
        const digest = own.digest;
        ownIds.push({ id: ownId, position, digest, created, endpoints: endpoints.length });
        continue;
      }
      sql.exec(
        "INSERT INTO publisher_ids (id, position, digest, type, created, endpoints) VALUES (?, ?, ?, ?, ?, ?)",
        event.id,
        event.position,
        own.digest,
        event.type,
        event.created,
        event.endpoints.length,
      );
      if (isFarId(event.id, event.acceptedAt)) {
        sql.exec("INSERT INTO far_ids (id, position) VALUES (?, ?)", event.id, event.position);
      }
    }
    this.#ownIds.insert(ownIds);
    return bytes;
  }
}
