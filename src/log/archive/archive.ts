import type { Deadlines } from "../../deadlines.ts";
import { HOUR_MS, MINUTE_MS } from "../../domain/durations.ts";
import { RETENTION_MS } from "../../domain/event.ts";
import {
  acceptedAt as acceptedAtMs,
  firstEventIdAt,
  type IdSeed,
  positionAt,
  positionOfEventId,
} from "../../domain/ids.ts";
import { InvocationBudget } from "../../domain/invocation-budget.ts";
import { pause, type Timers } from "../../domain/surroundings.ts";
import { pruneAnswers } from "../../idempotency/objects.ts";
import { readMeta, writeMeta } from "../../storage/schema.ts";
import type { AlarmedStorage } from "../../storage/wake-up.ts";
import { decodeChunk } from "../store/chunk.ts";
import { type EventCounts, keepEventCounts } from "../store/event-counts.ts";
import { OwnIds } from "../store/own-ids.ts";
import { buildSegment, directoryShape, indexIds, isFarId, segmentKey } from "../store/segment.ts";
import { Unread } from "../store/unread.ts";

/** An open segment is written to R2 at this size. */
const SEGMENT_BYTES = 4 * 1024 * 1024;

/** Publishers' own ids are known for deduplication this long after the time in them: 24 h old when accepted, 24 h more. */
const OWN_IDS_MS = 48 * HOUR_MS + 10 * MINUTE_MS;

/** How long after a failure, of R2 mostly, it is tried again. */
const RETRY_MS = 10_000;

/** A disk that does not answer for so long is asked again with the next put, milliseconds. */
const KEPT_WITHIN_MS = 60_000;

/** The put, and where the disk is one machine's its sync. */
const SUBREQUESTS_PER_SEGMENT = 2;

/** Own ids that are past their time, dropped per segment: more than a segment of usual events holds. */
const IDS_PER_SEGMENT = 20_000;

/** Kept answers that count no more, dropped per segment. */
const ANSWERS_PER_RUN = 1000;

/** How soon it is looked again for what has expired, should a lagging endpoint still need it. */
const EXPIRY_TICK_MS = 60_000;

/** Expired segments dropped per run. */
const EXPIRED_PER_RUN = 100;

export interface ArchivePort {
  storage: AlarmedStorage;
  /** Whose calls come to an end, answered or not. */
  bucket: R2Bucket;
  /** Resolves once an object that was put outlives whatever may happen to the machine; rejects if that is not sure. */
  keepOnDisk(key: string): Promise<void>;
  seed: IdSeed;
  nowMs(): number;
  timers: Timers;
  deadlines: Deadlines;
  /** The name of the log's object, with which its segments' names begin. */
  logId(): string;
  /** Before events up to a position leave SQLite: hand-over must not need them there any more. */
  releaseUpTo(position: number): void;
  /** In the transaction that removes them: keeps the hand-over position, which lay with the chunks. */
  keepHandedOver(): void;
  /** What the log counted up to now: it lay with the chunks, too. */
  counts(): EventCounts;
  /** Age in milliseconds at which an open segment is written. */
  archiveAfterMs: number;
}

/** Moves hot events from SQLite to segments in R2, and drops what is past its 30 days. */
export class Archive {
  readonly #port: ArchivePort;
  #oldestHot: number | null;
  /** Null = nobody has asked in this life. */
  #hot: { bytes: number; events: number } | null = null;
  /** At least what is hot, as long as nobody has asked: what the database had when this life began, and what was committed since. */
  #mostHotBytes: number;
  #running: Promise<void> | null = null;
  #isErased = false;
  /** After a failure: not before this time, Unix milliseconds. */
  #notBefore = 0;

  constructor(port: ArchivePort) {
    this.#port = port;
    this.#oldestHot = this.#oldest();
    this.#mostHotBytes = port.storage.sql.databaseSize;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  get hotBytes(): number {
    return this.#size.bytes;
  }

  /** What is hot. It reads each chunk, so who can do without does not ask. */
  get #size(): { bytes: number; events: number } {
    this.#hot ??= this.#port.storage.sql
      .exec<{ bytes: number; events: number }>(
        "SELECT coalesce(sum(bytes), 0) AS bytes, coalesce(sum(events), 0) AS events FROM chunks",
      )
      .one();
    return this.#hot;
  }

  #oldest(): number | null {
    return this.#port.storage.sql
      .exec<{ first: number | null }>("SELECT min(first) AS first FROM chunks")
      .one().first;
  }

  /** Whether the open segment is to be written now. */
  get isDue(): boolean {
    const due = this.#segmentDueAt();
    return due !== null && due <= this.#port.nowMs();
  }

  get hotEvents(): number {
    return this.#size.events;
  }

  /** Counts a committed group. */
  noteCommitted(firstPosition: number, events: number, bytes: number): void {
    this.#mostHotBytes += bytes;
    if (this.#hot) {
      this.#hot.bytes += bytes;
      this.#hot.events += events;
    }
    this.#oldestHot ??= firstPosition;
  }

  /** When there is something to write or to drop, Unix milliseconds; null = nothing is kept. */
  dueAt(): number | null {
    return this.#segmentDueAt() ?? this.#expiryDueAt();
  }

  /** When the open segment is to be written; null = there is none. */
  #segmentDueAt(): number | null {
    if (this.#oldestHot === null) return null;
    const closesAt = acceptedAtMs(this.#oldestHot) + this.#port.archiveAfterMs;
    const dueAt = this.#isFull ? this.#port.nowMs() : closesAt;
    return Math.max(dueAt, this.#notBefore);
  }

  /** Whether there is a segment's worth. In a small database there cannot be: its chunks need not be added up. */
  get #isFull(): boolean {
    return this.#mostHotBytes >= SEGMENT_BYTES && this.hotBytes >= SEGMENT_BYTES;
  }

  /** When the oldest segment expires: a workspace that publishes no more would keep it for ever. */
  #expiryDueAt(): number | null {
    const oldest = this.#port.storage.sql
      .exec<{ last: number }>("SELECT last FROM segments ORDER BY first LIMIT 1")
      .toArray()[0];
    if (!oldest) return null;
    return Math.max(acceptedAtMs(oldest.last) + RETENTION_MS + 1, this.#port.nowMs() + EXPIRY_TICK_MS);
  }

  /** Writes every segment that is due. One run at a time; a failure leaves all as it was, for the next one. */
  run(): Promise<void> {
    this.#running ??= this.#run()
      .catch((error) => {
        this.#notBefore = this.#port.nowMs() + RETRY_MS;
        throw error;
      })
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }

  async #run(): Promise<void> {
    const budget = new InvocationBudget(this.#port.nowMs());
    while (this.isDue && !this.#isErased && !budget.isSpent(this.#port.nowMs())) {
      budget.spend(SUBREQUESTS_PER_SEGMENT);
      await this.#writeSegment();
    }
    if (!this.#isErased) await this.#dropExpired();
  }

  async #writeSegment(): Promise<void> {
    const { storage, bucket } = this.#port;
    const { sql } = storage;
    // Where the segment ends is stored before its put: after a crash it ends there again, and the put repeated
    // overwrites the one that no row names.
    const end = readMeta<number>(sql, "segment_end");
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let last = 0;
    for (const chunk of sql.exec<{ last: number; bytes: number; body: ArrayBuffer }>(
      "SELECT last, bytes, body FROM chunks WHERE last <= ? ORDER BY first",
      end ?? Number.MAX_SAFE_INTEGER,
    )) {
      chunks.push(new Uint8Array(chunk.body));
      bytes += chunk.bytes;
      last = chunk.last;
      if (bytes >= SEGMENT_BYTES) break;
    }
    if (end === null) writeMeta(sql, "segment_end", last);
    const events = chunks.flatMap((chunk) => decodeChunk(chunk));
    const first = events[0]?.position ?? 0;
    const { body, blocks } = await buildSegment(events, () => pause(this.#port.timers));
    const key = segmentKey(this.#port.logId(), first, last);
    await bucket.put(key, body);
    await this.#port.deadlines.within(KEPT_WITHIN_MS, this.#port.keepOnDisk(key));
    const { seed } = this.#port;
    const ownIds = events.filter(
      ({ id, position, acceptedAt }) => positionOfEventId(id, seed) !== position && !isFarId(id, acceptedAt),
    );
    if (this.#isErased) return;
    this.#port.releaseUpTo(last);
    storage.transactionSync(() => {
      const { accepted, missed } = this.#port.counts();
      storage.sql.exec(
        "INSERT OR REPLACE INTO segments (first, last, directory, ids, accepted, missed) VALUES (?, ?, ?, ?, ?, ?)",
        first,
        last,
        directoryShape.write(blocks),
        indexIds(ownIds, blocks),
        accepted,
        missed,
      );
      new Unread(storage.sql).keep(first, events);
      storage.sql.exec("DELETE FROM chunks WHERE first <= ?", last);
      this.#prune();
      storage.sql.exec("DELETE FROM meta WHERE key = 'segment_end'");
      this.#port.keepHandedOver();
    });
    if (this.#hot) {
      this.#hot.bytes -= bytes;
      this.#hot.events -= events.length;
    }
    this.#oldestHot = this.#oldest();
  }

  /** Drops a bounded number of own ids and of kept answers that count no more; the next segment goes on. */
  #prune(): void {
    const { sql } = this.#port.storage;
    const nowMs = this.#port.nowMs();
    sql.exec(
      "DELETE FROM publisher_ids WHERE id IN (SELECT id FROM publisher_ids WHERE id < ? ORDER BY id LIMIT ?)",
      firstEventIdAt(nowMs - OWN_IDS_MS),
      IDS_PER_SEGMENT,
    );
    new OwnIds(sql).prune(nowMs, IDS_PER_SEGMENT);
    pruneAnswers(sql, nowMs, ANSWERS_PER_RUN);
  }

  async #dropExpired(): Promise<void> {
    const { storage, bucket } = this.#port;
    const { lagging } = storage.sql
      .exec<{ lagging: number | null }>("SELECT min(position) AS lagging FROM lagging")
      .one();
    if (lagging !== null) new Unread(storage.sql).dropTaken(lagging);
    // What an endpoint has yet to take is not dropped, however old.
    const bound = Math.min(positionAt(this.#port.nowMs() - RETENTION_MS), lagging ?? Number.MAX_SAFE_INTEGER);
    const expired = storage.sql
      .exec<{ first: number; last: number }>(
        "SELECT first, last FROM segments WHERE first < ? AND last < ? ORDER BY first LIMIT ?",
        bound,
        bound,
        EXPIRED_PER_RUN,
      )
      .toArray();
    const newest = expired.at(-1);
    if (!newest) return;
    // R2's own lifecycle rule does the same on Cloudflare; one machine has no such rule.
    await bucket.delete(expired.map(({ first, last }) => segmentKey(this.#port.logId(), first, last)));
    storage.transactionSync(() => {
      storage.sql.exec("DELETE FROM segments WHERE first <= ?", newest.first);
      new Unread(storage.sql).dropUpTo(newest.first);
      keepEventCounts(storage.sql, this.#port.counts());
      storage.sql.exec("DELETE FROM far_ids WHERE position <= ?", newest.last);
      storage.sql.exec("DELETE FROM replayed WHERE position <= ?", newest.last);
      new OwnIds(storage.sql).prune(this.#port.nowMs(), IDS_PER_SEGMENT);
    });
  }

  /** Deletes all that this log has in R2. */
  async erase(): Promise<void> {
    const { bucket } = this.#port;
    this.#isErased = true;
    // A put still under way would come after the deletion. If it fails, nothing is there; one that was given up is cut off with this life.
    await this.#running?.catch(() => {});
    for (;;) {
      const { objects } = await bucket.list({ prefix: `${this.#port.logId()}/`, limit: 1000 });
      if (objects.length === 0) return;
      await bucket.delete(objects.map(({ key }) => key));
    }
  }
}
