import { type LoggedEvent, RETENTION_MS } from "../../domain/event.ts";
import { acceptedAt, eventIdTime, positionAt } from "../../domain/ids.ts";
import type { StoredText } from "../../domain/stored.ts";
import { approximateBytes, type ChunkPart, decodeChunk } from "../store/chunk.ts";
import { listedIn } from "../store/listed-in.ts";
import {
  type Block,
  blocksOfId,
  directoryShape,
  FAR_ID_MS,
  inflateBlock,
  segmentKey,
} from "../store/segment.ts";
import { Unread } from "../store/unread.ts";
import { type ForwardRange, type Scan, ScanInProgress, type ScanLimits } from "./scan.ts";

interface ChunkRow extends Record<string, SqlStorageValue> {
  first: number;
  last: number;
  body: ArrayBuffer;
}

interface SegmentRow extends Record<string, SqlStorageValue> {
  first: number;
  last: number;
  directory: StoredText<Block[]>;
}

/** Archive blocks, and bytes of hot chunks, that one scan looks at before it hands back: no call is unbounded. */
const BLOCKS_PER_SCAN = 4;
const HOT_BYTES_PER_SCAN = 8 * 1024 * 1024;

/** Reads events wherever they lie: hot ones in SQLite, archived ones in R2. */
export class EventReader {
  readonly #sql: SqlStorage;
  readonly #archive: R2Bucket;
  readonly #logId: () => string;
  readonly #nowMs: () => number;

  constructor(sql: SqlStorage, archive: R2Bucket, logId: () => string, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#sql = sql;
    this.#archive = archive;
    this.#logId = logId;
  }

  /** The event at a position, or null. One ranged read at the most. */
  async at(position: number): Promise<LoggedEvent | null> {
    const { events } = await this.#around(position, (event) => event.position === position);
    return events[0] ?? null;
  }

  /** The events at some positions, oldest first; those that do not exist are left out. */
  async many(positions: readonly number[]): Promise<LoggedEvent[]> {
    return (await this.some(positions, Number.POSITIVE_INFINITY)).events;
  }

  /** As `many`, but at most some bytes (one event at least); `rest` holds the positions that were not read. */
  async some(
    positions: readonly number[],
    maxBytes: number,
  ): Promise<{ events: LoggedEvent[]; rest: number[] }> {
    const wanted = new Set(positions);
    const sorted = [...wanted].sort((a, b) => a - b);
    const found: LoggedEvent[] = [];
    let bytes = 0;
    let seenTo = 0;
    for (const [i, position] of sorted.entries()) {
      if (position <= seenTo) continue;
      const { events, last } = await this.#around(position, (event) => wanted.has(event.position));
      for (const event of events) {
        bytes += approximateBytes(event);
        if (bytes > maxBytes && found.length > 0)
          return { events: found, rest: sorted.slice(sorted.indexOf(event.position, i)) };
        found.push(event);
      }
      seenTo = last;
    }
    return { events: found, rest: [] };
  }

  /** The wanted events of the chunk or block that holds a position, and where it ends. */
  async #around(
    position: number,
    wanted: (event: LoggedEvent) => boolean,
  ): Promise<{ events: LoggedEvent[]; last: number }> {
    const chunk = this.#chunkBefore(position + 1);
    if (chunk && chunk.last >= position) {
      return { events: decodeChunk(new Uint8Array(chunk.body), wanted), last: chunk.last };
    }
    const segment = this.#segmentBefore(position + 1);
    const block = segment && blocksOf(segment).find((candidate) => position <= candidate.last);
    if (!block || position < block.first) return { events: [], last: position };
    return { events: await this.#block(segment, block, wanted), last: block.last };
  }

  /** An archived event by a publisher's own id whose time is close to its acceptance; nearly always one ranged read. */
  async byOwnId(id: string): Promise<LoggedEvent | null> {
    const candidates = this.#placesOfOwnId(id);
    for (const { segment, block } of candidates) {
      const [found] = await this.#block(segment, block, (event) => event.id === id);
      if (found) return found;
    }
    return null;
  }

  /** Whether a segment, whose events may have expired, lists such an id of a publisher's. */
  isListed(id: string): boolean {
    return this.#placesOfOwnId(id).length > 0;
  }

  /** The blocks that may hold a publisher's own id whose time is close to its acceptance. */
  #placesOfOwnId(id: string): { segment: SegmentRow; block: Block }[] {
    const time = eventIdTime(id);
    const candidates: { segment: SegmentRow; block: Block }[] = [];
    for (const { ids, ...segment } of this.#sql.exec<SegmentRow & { ids: ArrayBuffer | null }>(
      `SELECT first, last, directory, ids FROM segments
       WHERE first >= (SELECT coalesce(max(first), 0) FROM segments WHERE first <= ?) AND first <= ?
       ORDER BY first DESC`,
      positionAt(time - FAR_ID_MS),
      // The whole last millisecond, too.
      positionAt(time + FAR_ID_MS + 1),
    )) {
      if (!ids) continue;
      const blocks = blocksOf(segment);
      for (const place of blocksOfId(id, ids)) {
        const block = blocks[place];
        if (block) candidates.push({ segment, block });
      }
    }
    return candidates;
  }

  /** Events after a position that go to the endpoint with this number, oldest first. */
  forEndpoint(endpoint: number, after: number, limits: ScanLimits): Promise<Scan> {
    const isListed = listedIn(endpoint);
    const wanted = ({ endpoints }: LoggedEvent) => isListed(endpoints);
    return this.forward({ after, endpoint, wanted, limits, withExpired: true });
  }

  /** Events after a position, oldest first: a bounded amount at a time, of one chunk run or one segment. */
  async forward(range: ForwardRange): Promise<Scan> {
    const scan = new ScanInProgress(range);
    const segment = this.#segmentAfter(range.after);
    if (segment) await this.#scanSegment(segment, range, scan);
    else this.#scanChunks(range.after, scan);
    return { events: scan.events, upTo: scan.upTo };
  }

  #scanChunks(after: number, scan: ScanInProgress): void {
    let bytes = 0;
    for (const chunk of this.#sql.exec<ChunkRow>(
      "SELECT first, last, body FROM chunks WHERE first >= (SELECT coalesce(max(first), 0) FROM chunks WHERE first <= ?) ORDER BY first",
      after,
    )) {
      if (bytes >= HOT_BYTES_PER_SCAN) return;
      bytes += chunk.body.byteLength;
      if (!scan.examine(decodeChunk(new Uint8Array(chunk.body), scan.wanted, scan.part), chunk.last)) return;
    }
  }

  async #scanSegment(
    segment: SegmentRow,
    { after, endpoint, withExpired }: ForwardRange,
    scan: ScanInProgress,
  ): Promise<void> {
    let blocksRead = 0;
    for (const block of blocksOf(segment)) {
      if (block.last <= after) continue;
      const concerns = endpoint === undefined || !block.endpoints || block.endpoints.includes(endpoint);
      if (concerns && blocksRead++ >= BLOCKS_PER_SCAN) return;
      const unreadBy = withExpired ? endpoint : undefined;
      const events = concerns ? await this.#block(segment, block, scan.wanted, scan.part, unreadBy) : [];
      if (!scan.examine(events, block.last)) return;
    }
  }

  /**
   * Events before a position, without their data but for those that `needsData` names, newest first, in groups as they
   * lie (a chunk or a block each), for lists. Ends by itself after 8 MiB of chunks or 4 archive blocks; the caller ends
   * it earlier.
   */
  async *backwards(before: number, needsData: ChunkPart = "summaries"): AsyncGenerator<LoggedEvent[]> {
    let position = before;
    let bytes = 0;
    for (let chunk = this.#chunkBefore(position); chunk; chunk = this.#chunkBefore(position)) {
      if (bytes >= HOT_BYTES_PER_SCAN) return;
      bytes += chunk.body.byteLength;
      const end = position;
      const isBefore = (event: LoggedEvent) => event.position < end;
      yield decodeChunk(new Uint8Array(chunk.body), isBefore, needsData).reverse();
      position = chunk.first;
    }
    let blocksRead = 0;
    for (let segment = this.#segmentBefore(position); segment; segment = this.#segmentBefore(position)) {
      for (const block of blocksOf(segment).reverse()) {
        if (block.first >= position) continue;
        if (blocksRead++ >= BLOCKS_PER_SCAN) return;
        const end = position;
        const isBefore = (event: LoggedEvent) => event.position < end;
        yield (await this.#block(segment, block, isBefore, needsData)).reverse();
        position = block.first;
      }
      position = segment.first;
    }
  }

  /** Whether there is any event before a position. */
  hasBefore(position: number): boolean {
    return this.#chunkBefore(position) !== undefined || this.#segmentBefore(position) !== undefined;
  }

  /** The newest position in store, or 0. */
  newestPosition(): number {
    const { chunk, segment } = this.#sql
      .exec<{ chunk: number | null; segment: number | null }>(
        `SELECT (SELECT last FROM chunks ORDER BY first DESC LIMIT 1) AS chunk,
                (SELECT last FROM segments ORDER BY first DESC LIMIT 1) AS segment`,
      )
      .one();
    return Math.max(chunk ?? 0, segment ?? 0);
  }

  /** Whether two groups that are not archived yet, or more, begin after a position. */
  hasTwoAfter(position: number): boolean {
    return (
      this.#sql.exec("SELECT first FROM chunks WHERE first > ? LIMIT 2", position).toArray().length === 2
    );
  }

  #chunkBefore(position: number): ChunkRow | undefined {
    return this.#sql
      .exec<ChunkRow>(
        "SELECT first, last, body FROM chunks WHERE first < ? ORDER BY first DESC LIMIT 1",
        position,
      )
      .toArray()[0];
  }

  #segmentBefore(position: number): SegmentRow | undefined {
    return this.#sql
      .exec<SegmentRow>(
        "SELECT first, last, directory FROM segments WHERE first < ? ORDER BY first DESC LIMIT 1",
        position,
      )
      .toArray()[0];
  }

  /** The oldest segment that reaches beyond a position. */
  #segmentAfter(position: number): SegmentRow | undefined {
    const around = this.#segmentBefore(position + 1);
    if (around && around.last > position) return around;
    return this.#sql
      .exec<SegmentRow>(
        "SELECT first, last, directory FROM segments WHERE first > ? ORDER BY first LIMIT 1",
        position,
      )
      .toArray()[0];
  }

  async #block(
    segment: SegmentRow,
    block: Block,
    wanted: (event: LoggedEvent) => boolean,
    part?: ChunkPart,
    unreadBy?: number,
  ): Promise<LoggedEvent[]> {
    const key = segmentKey(this.#logId(), segment.first, segment.last);
    const object = await this.#archive.get(key, { range: { offset: block.offset, length: block.length } });
    if (object) return decodeChunk(inflateBlock(await object.arrayBuffer()), wanted, part);
    // R2's lifecycle rule may be earlier than our own deletion of the row; a younger segment must be there.
    if (acceptedAt(segment.last) < this.#nowMs() - RETENTION_MS) {
      if (unreadBy === undefined) return [];
      return new Unread(this.#sql).of(unreadBy, segment.first, block.first, block.last).filter(wanted);
    }
    throw new Error(`archive segment ${key} is missing`);
  }
}

function blocksOf(segment: SegmentRow): Block[] {
  return directoryShape.read(segment.directory);
}
