import type { NewEvent } from "./event.ts";

/*
 * A large request on its way to the log. A text with one character outside of Latin-1 takes two bytes for each of its
 * characters, in memory and in an RPC: 8 MiB of UTF-8 could become twice that. As UTF-8 they stay 8 MiB.
 */

/** Events as bytes. */
export interface PackedEvents {
  /** JSON, UTF-8: the events without their data. */
  events: Uint8Array;
  /** Their data, one behind the other, UTF-8. */
  data: Uint8Array;
  /** Where each event's data ends. */
  ends: number[];
}

/** Waits until a piece of work on so many characters, or bytes, may begin: others have the thread before it. */
export type NextPiece = (length: number) => Promise<void>;

/** A request of more characters than this is packed: twice as many bytes are far from what an RPC takes. */
const PACKED_ABOVE = 4 * 1024 * 1024;

/** What is packed, or unpacked, at once, unless one event has more: a millisecond or two. */
const PIECE_LENGTH = 256 * 1024;

/** The events as they go over an RPC. `length`: characters of the request that they came in. */
export async function packEvents(
  events: NewEvent[],
  length: number,
  nextPiece: NextPiece,
): Promise<NewEvent[] | PackedEvents> {
  if (length <= PACKED_ABOVE) return events;
  const encoder = new TextEncoder();
  const pieces = new Pieces(nextPiece);
  let bytes = 0;
  for (const { data } of events) {
    if (!pieces.hasRoomFor(data.length)) await pieces.begin(data.length);
    bytes += Buffer.byteLength(data);
  }
  const data = new Uint8Array(bytes);
  const ends: number[] = [];
  let end = 0;
  for (const event of events) {
    if (!pieces.hasRoomFor(event.data.length)) await pieces.begin(event.data.length);
    end += encoder.encodeInto(event.data, data.subarray(end)).written;
    ends.push(end);
  }
  await nextPiece(Math.max(0, length - bytes));
  const rest = events.map((event) => ({ ...event, data: "" }));
  return { events: encoder.encode(JSON.stringify(rest)), data, ends };
}

/** The events again, each with its data as it was. */
export async function unpackEvents(packed: PackedEvents, nextPiece: NextPiece): Promise<NewEvent[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const pieces = new Pieces(nextPiece);
  await pieces.begin(packed.events.length);
  const events = JSON.parse(decoder.decode(packed.events)) as NewEvent[];
  let start = 0;
  for (const [i, event] of events.entries()) {
    const end = packed.ends[i] as number;
    if (!pieces.hasRoomFor(end - start)) await pieces.begin(end - start);
    event.data = decoder.decode(packed.data.subarray(start, end));
    start = end;
  }
  return events;
}

/** Work cut into pieces; the first one has to be waited for, too. */
class Pieces {
  readonly #nextPiece: NextPiece;
  #room = 0;

  constructor(nextPiece: NextPiece) {
    this.#nextPiece = nextPiece;
  }

  /** Whether so much more belongs to the piece that was begun; it counts to it then. */
  hasRoomFor(length: number): boolean {
    if (length > this.#room) return false;
    this.#room -= length;
    return true;
  }

  /** Begins a piece with something of this length. */
  async begin(length: number): Promise<void> {
    await this.#nextPiece(Math.max(length, PIECE_LENGTH));
    this.#room = PIECE_LENGTH - length;
  }
}
