import type { LoggedEvent, SentFields } from "../../domain/event.ts";
import { acceptedAt } from "../../domain/ids.ts";
import {
  added,
  always,
  listed,
  maybe,
  named,
  record,
  row,
  type StoredText,
  shapeOf,
} from "../../domain/stored.ts";

/*
 * A chunk holds a run of events: one group commit in SQLite, one block (compressed) in R2. Layout: length of the
 * header (32 bits, little endian), header (JSON), then the events' `data` as UTF-8, one behind the other. `data`
 * stays outside the JSON so that it is stored byte for byte and is decoded only where it is asked for.
 */

/** In a header, one event: sets are indexes into the header's list of endpoint sets. */
type Row = [
  position: number,
  id: string,
  type: string,
  created: number,
  apiVersion: string,
  tags: string[],
  context: Record<string, string>,
  sent: number,
  endpointSet: number,
  missedSet: number,
  dataBytes: number,
  /** Only where the publisher has an id of its own beside; null = it has none, and more follows. */
  ownId?: string | null,
  /** Only where it was published with one. */
  traceparent?: string,
];

interface Header {
  /** The layout of the rows; absent = 1, as versions before 0.2 wrote it. A row's end may grow without a new one. */
  layout?: number;
  /** Distinct lists of endpoint numbers: events of a group mostly share theirs. */
  sets: (readonly number[])[];
  rows: Row[];
}

/** The layout that is written. Whoever changes what a place of a row means raises it, and reads the one before too. */
const LAYOUT = 1;

const readRow = row<Row>(
  always(),
  always(),
  always(),
  always(),
  always(),
  always(),
  named(always()),
  always(),
  always(),
  always(),
  always(),
  maybe(),
  maybe(),
);

const readHeader = record<Header>({
  layout: added(1),
  sets: listed(always()),
  rows: listed(readRow),
});

/** What one endpoint takes in a set, roughly: its digits and a comma. */
const BYTES_PER_NUMBER = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const SENT_BITS = { created: 1, apiVersion: 2, tags: 4, context: 8 } as const satisfies Record<
  keyof SentFields,
  number
>;

const headerShape = shapeOf(readHeader);

/** What a row ends with, if with anything. */
function endOf({
  ownId,
  traceparent,
}: LoggedEvent): [] | [ownId: string] | [ownId: string | null, traceparent: string] {
  if (traceparent !== undefined) return [ownId ?? null, traceparent];
  return ownId === undefined ? [] : [ownId];
}

function sentToBits(sent: SentFields): number {
  let bits = 0;
  for (const field in SENT_BITS) {
    if (sent[field as keyof SentFields]) bits |= SENT_BITS[field as keyof SentFields];
  }
  return bits;
}

function bitsToSent(bits: number): SentFields {
  const has = (field: keyof SentFields) => (bits & SENT_BITS[field]) !== 0;
  return {
    created: has("created"),
    apiVersion: has("apiVersion"),
    tags: has("tags"),
    context: has("context"),
  };
}

/** The bytes of a chunk with these events, in this order. */
export function encodeChunk(events: readonly LoggedEvent[]): Uint8Array {
  const sets: (readonly number[])[] = [];
  const byContent = new Map<string, number>();
  // Events mostly share their sets as the same arrays: to join thousands of numbers for each event takes too long.
  const byIdentity = new Map<readonly number[], number>();
  const indexOf = (set: readonly number[]): number => {
    const same = byIdentity.get(set);
    if (same !== undefined) return same;
    const key = set.join();
    const index = byContent.get(key) ?? sets.push(set) - 1;
    byContent.set(key, index);
    byIdentity.set(set, index);
    return index;
  };
  const data = events.map((event) => encoder.encode(event.data));
  const rows = events.map(
    (event, i): Row => [
      event.position,
      event.id,
      event.type,
      event.created,
      event.apiVersion,
      event.tags,
      event.context,
      sentToBits(event.sent),
      indexOf(event.endpoints),
      indexOf(event.missed),
      data[i]?.length ?? 0,
      ...endOf(event),
    ],
  );
  const header = encoder.encode(headerShape.write({ layout: LAYOUT, sets, rows }));
  const size = data.reduce((total, bytes) => total + bytes.length, 4 + header.length);
  const chunk = new Uint8Array(size);
  new DataView(chunk.buffer).setUint32(0, header.length, true);
  chunk.set(header, 4);
  let offset = 4 + header.length;
  for (const bytes of data) {
    chunk.set(bytes, offset);
    offset += bytes.length;
  }
  return chunk;
}

/** What of a chunk's events is decoded: all, all but `data`, or `data` of some of them. */
export type ChunkPart = "whole" | "summaries" | ((event: LoggedEvent) => boolean);

/**
 * The events of a chunk, in order.
 * @param wanted decides by everything but `data` (which is then still empty) which events are decoded; absent = all
 * @param part `summaries` leaves `data` empty; a function says of which events it is decoded
 */
export function decodeChunk(
  bytes: Uint8Array,
  wanted: (event: LoggedEvent) => boolean = () => true,
  part: ChunkPart = "whole",
): LoggedEvent[] {
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  let offset = 4 + headerLength;
  const header = headerShape.read(decoder.decode(bytes.subarray(4, offset)) as StoredText<Header>);
  if (header.layout !== LAYOUT) throw new Error(`this version cannot read chunks of layout ${header.layout}`);
  const events: LoggedEvent[] = [];
  for (const [
    position,
    id,
    type,
    created,
    apiVersion,
    tags,
    context,
    sent,
    endpointSet,
    missedSet,
    length,
    ownId,
    traceparent,
  ] of header.rows) {
    const event: LoggedEvent = {
      position,
      id,
      ...(ownId === undefined || ownId === null ? {} : { ownId }),
      type,
      created,
      apiVersion,
      tags,
      context,
      acceptedAt: acceptedAt(position),
      data: "",
      ...(traceparent === undefined ? {} : { traceparent }),
      sent: bitsToSent(sent),
      endpoints: header.sets[endpointSet] ?? [],
      missed: header.sets[missedSet] ?? [],
    };
    if (wanted(event)) {
      const isWhole = typeof part === "function" ? part(event) : part === "whole";
      if (isWhole) event.data = decoder.decode(bytes.subarray(offset, offset + length));
      events.push(event);
    }
    offset += length;
  }
  return events;
}

/** Splits events into runs whose data and sets stay within `maxBytes`; a larger event is a run of its own. */
export function splitRuns(events: readonly LoggedEvent[], maxBytes: number): LoggedEvent[][] {
  const runs: LoggedEvent[][] = [];
  let sets = new Set<readonly number[]>();
  let bytes = 0;
  for (const event of events) {
    const size = approximateBytes(event);
    const run = runs.at(-1);
    const more = size + newSetBytes(event, sets);
    if (!run || bytes + more > maxBytes) {
      runs.push([event]);
      sets = new Set();
      bytes = size + newSetBytes(event, sets);
    } else {
      run.push(event);
      bytes += more;
    }
    sets.add(event.endpoints).add(event.missed);
  }
  return runs;
}

/** What the sets of an event take in a chunk that has some already. */
function newSetBytes({ endpoints, missed }: LoggedEvent, sets: ReadonlySet<readonly number[]>): number {
  return [endpoints, missed].reduce(
    (total, set) => total + (sets.has(set) ? 0 : set.length * BYTES_PER_NUMBER),
    0,
  );
}

/** Encoded chunks of at most `maxBytes`, runs of about `runBytes` each; only a single event may be larger. */
export function encodeRuns(
  events: readonly LoggedEvent[],
  runBytes: number,
  maxBytes: number,
): { events: LoggedEvent[]; bytes: Uint8Array }[] {
  return splitRuns(events, runBytes).flatMap((run) => encodeWithin(run, maxBytes));
}

/** The size of a run is guessed before it is encoded; where the guess was far too low, the run is halved. */
function encodeWithin(run: LoggedEvent[], maxBytes: number): { events: LoggedEvent[]; bytes: Uint8Array }[] {
  const bytes = encodeChunk(run);
  if (bytes.length <= maxBytes || run.length === 1) return [{ events: run, bytes }];
  const middle = run.length >>> 1;
  return [...encodeWithin(run.slice(0, middle), maxBytes), ...encodeWithin(run.slice(middle), maxBytes)];
}

/** What an event takes in memory and in a chunk, roughly, without its match. UTF-16 length stands for bytes. */
export function approximateBytes(event: {
  data: string;
  type: string;
  tags: string[];
  context: Record<string, string>;
  ownId?: string;
  traceparent?: string;
}): number {
  let length = event.data.length + (event.ownId?.length ?? 0) + (event.traceparent?.length ?? 0) + 200;
  for (const tag of event.tags) length += tag.length + 8;
  for (const key in event.context) length += key.length + (event.context[key]?.length ?? 0) + 16;
  return length;
}
