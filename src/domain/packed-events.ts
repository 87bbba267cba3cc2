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

/** A request of more characters than this is packed: twice as many bytes are far from what an RPC takes. */
const PACKED_ABOVE = 4 * 1024 * 1024;

/** The events as they go over an RPC. `length`: characters of the request that they came in. */
export function packEvents(events: NewEvent[], length: number): NewEvent[] | PackedEvents {
  if (length <= PACKED_ABOVE) return events;
  const encoder = new TextEncoder();
  const data = new Uint8Array(events.reduce((sum, event) => sum + Buffer.byteLength(event.data), 0));
  const ends: number[] = [];
  let end = 0;
  for (const event of events) {
    end += encoder.encodeInto(event.data, data.subarray(end)).written;
    ends.push(end);
  }
  const rest = events.map((event) => ({ ...event, data: "" }));
  return { events: encoder.encode(JSON.stringify(rest)), data, ends };
}

/** The events again, each with its data as it was. */
export function unpackEvents(given: NewEvent[] | PackedEvents): NewEvent[] {
  if (Array.isArray(given)) return given;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const events = JSON.parse(decoder.decode(given.events)) as NewEvent[];
  let start = 0;
  for (const [i, event] of events.entries()) {
    const end = given.ends[i] as number;
    event.data = decoder.decode(given.data.subarray(start, end));
    start = end;
  }
  return events;
}
