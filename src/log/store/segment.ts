import { deflateRawSync, inflateRawSync } from "node:zlib";
import { MINUTE_MS } from "../../domain/durations.ts";
import type { LoggedEvent } from "../../domain/event.ts";
import { eventIdTime } from "../../domain/ids.ts";
import { added, always, listed, record, shapeOf } from "../../domain/stored.ts";
import { encodeChunk, splitRuns } from "./chunk.ts";

/** Raw bytes per block: what one lookup of an archived event reads and inflates. */
const BLOCK_BYTES = 256 * 1024;

/** Blocks that concern more endpoints than this do not list them and are never skipped. */
const LISTED_ENDPOINTS = 64;

/** An own id this far from its acceptance cannot be found by time; it goes to the log's small table. */
export const FAR_ID_MS = 5 * MINUTE_MS;

/** One block of a segment: its positions, where it lies in the R2 object, and whom its events concern. */
export interface Block {
  first: number;
  last: number;
  offset: number;
  length: number;
  /** Numbers of the endpoints that its events go to or were missed by; null = too many to list. */
  endpoints: number[] | null;
}

/** A segment's blocks, as its row lists them. */
export const directoryShape = shapeOf(
  listed(
    record<Block>({
      first: always(),
      last: always(),
      offset: always(),
      length: always(),
      endpoints: added(null),
    }),
  ),
);

/** The R2 key of a segment: a put repeated after a crash overwrites itself. */
export function segmentKey(logId: string, first: number, last: number): string {
  return `${logId}/${first}-${last}`;
}

/** Whether an id was chosen by the publisher at a time close to its acceptance. */
export function isFarId(id: string, acceptedAtMs: number): boolean {
  return Math.abs(eventIdTime(id) - acceptedAtMs) > FAR_ID_MS;
}

/** Compresses events into blocks, with a pause before each so that accepting goes on meanwhile. */
export async function buildSegment(
  events: readonly LoggedEvent[],
  pause: () => Promise<void>,
): Promise<{ body: Uint8Array; blocks: Block[] }> {
  const parts: Uint8Array[] = [];
  const blocks: Block[] = [];
  let offset = 0;
  for (const run of splitRuns(events, BLOCK_BYTES)) {
    await pause();
    // Level 1: archiving shares its one thread with accepting, and JSON compresses well at any level.
    const bytes = deflateRawSync(encodeChunk(run), { level: 1 });
    const endpoints = listedEndpoints(run);
    blocks.push({
      first: run[0]?.position ?? 0,
      last: run.at(-1)?.position ?? 0,
      offset,
      length: bytes.length,
      endpoints,
    });
    parts.push(bytes);
    offset += bytes.length;
  }
  const body = new Uint8Array(offset);
  for (const [i, block] of blocks.entries()) body.set(parts[i] ?? new Uint8Array(), block.offset);
  return { body, blocks };
}

/** The endpoints that events go to or were missed by; null = too many to list. */
function listedEndpoints(events: readonly LoggedEvent[]): number[] | null {
  const seen = new Set<readonly number[]>();
  const found = new Set<number>();
  for (const { endpoints, missed } of events) {
    for (const set of [endpoints, missed]) {
      if (seen.has(set)) continue;
      seen.add(set);
      for (const number of set) if (found.add(number).size > LISTED_ENDPOINTS) return null;
    }
  }
  return [...found];
}

/** The bytes of a block's chunk as read from R2. */
export function inflateBlock(bytes: ArrayBuffer): Uint8Array {
  return inflateRawSync(new Uint8Array(bytes));
}

/** FNV-1a, 32 bits: enough to name one block of a few candidates; the id itself is compared after the read. */
function hash(id: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) h = Math.imul(h ^ id.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * Where a segment's own ids lie: sorted 32-bit hashes, behind them the block of each (16 bits).
 * Null if it has none.
 */
export function indexIds(
  ids: readonly { id: string; position: number }[],
  blocks: readonly Block[],
): ArrayBuffer | null {
  if (ids.length === 0) return null;
  const entries = ids
    .map(({ id, position }) => ({
      hash: hash(id),
      block: blocks.findIndex((block) => position <= block.last),
    }))
    .sort((a, b) => a.hash - b.hash);
  const index = new ArrayBuffer(entries.length * 6);
  const hashes = new Uint32Array(index, 0, entries.length);
  const places = new Uint16Array(index, entries.length * 4, entries.length);
  entries.forEach((entry, i) => {
    hashes[i] = entry.hash;
    places[i] = entry.block;
  });
  return index;
}

/** The blocks of a segment that may hold an id: none, or nearly always just the right one. */
export function blocksOfId(id: string, index: ArrayBuffer): number[] {
  const count = index.byteLength / 6;
  const hashes = new Uint32Array(index, 0, count);
  const places = new Uint16Array(index, count * 4, count);
  const wanted = hash(id);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((hashes[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  const found = new Set<number>();
  for (let i = low; i < count && hashes[i] === wanted; i++) found.add(places[i] ?? 0);
  return [...found];
}
