import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Attempt } from "../../domain/delivery.ts";
import { attemptsShape } from "../../domain/delivery-shapes.ts";
import { acceptedAt } from "../../domain/ids.ts";
import type { KeyPlace } from "../../domain/order.ts";
import { always, listed, maybe, record, type StoredText, shapeOf } from "../../domain/stored.ts";

/*
 * A run holds deliveries that their first attempt delivered: in one part what lists show, in another the records of the
 * attempts. Layout of both: a byte for the version, a byte that says whether the rest is compressed, and JSON.
 */

/** A delivery of a run. Times are Unix milliseconds. */
export interface RunDelivery {
  sequence: number;
  /** The position of its event in the log. */
  position: number;
  eventId: string;
  eventType: string;
  firedAt: number;
  createdAt: number;
  /** When its attempt started, and how long that took. */
  startedAt: number;
  durationMs: number;
  completedAt: number;
  /** The status of the answer; null = there was none. */
  responseStatus: number | null;
  /** What it took while it was pending. */
  bytes: number;
  /** Its place in the order of its key; null = it came without one. */
  keyPlace: KeyPlace | null;
}

/**
 * The versions that are written, of which the second has keys: what needs none is written as code reads it that knows none.
 * Whoever changes the columns raises them, and reads those before, too.
 */
const VERSION = 1;
const VERSION_WITH_KEYS = 2;

/** Fewer are not smaller when compressed. */
const COMPRESSED_FROM = 8;

/** The deliveries by column: one after the other they would repeat each name. Numbers rise by what is listed. */
interface Columns {
  sequences: number[];
  positions: number[];
  eventIds: string[];
  /** The distinct types, and which of them each has. */
  types: string[];
  typeOf: number[];
  /** After the acceptance of the event. */
  firedAfter: number[];
  createdAfter: number[];
  /** After `created`. */
  startedAfter: number[];
  durations: number[];
  /** After the end of the attempt. */
  completedAfter: number[];
  statuses: (number | null)[];
  bytes: number[];
  /** The distinct keys, which of them each has (- 1 = none), and its place there. */
  keys?: string[];
  keyOf?: number[];
  keySequences?: number[];
}

const columnsShape = shapeOf(
  record<Columns>({
    sequences: listed(always()),
    positions: listed(always()),
    eventIds: listed(always()),
    types: listed(always()),
    typeOf: listed(always()),
    firedAfter: listed(always()),
    createdAfter: listed(always()),
    startedAfter: listed(always()),
    durations: listed(always()),
    completedAfter: listed(always()),
    statuses: listed(always()),
    bytes: listed(always()),
    keys: maybe(listed(always())),
    keyOf: maybe(listed(always())),
    keySequences: maybe(listed(always())),
  }),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What lists show of deliveries, by rising sequence. */
export function encodeRun(deliveries: readonly RunDelivery[]): Uint8Array {
  const types = [...new Set(deliveries.map(({ eventType }) => eventType))];
  const columns: Columns = {
    sequences: differences(deliveries.map(({ sequence }) => sequence)),
    positions: differences(deliveries.map(({ position }) => position)),
    eventIds: deliveries.map(({ eventId }) => eventId),
    types,
    typeOf: deliveries.map(({ eventType }) => types.indexOf(eventType)),
    firedAfter: deliveries.map(({ firedAt, position }) => firedAt - acceptedAt(position)),
    createdAfter: deliveries.map(({ createdAt, position }) => createdAt - acceptedAt(position)),
    startedAfter: deliveries.map(({ startedAt, createdAt }) => startedAt - createdAt),
    durations: deliveries.map(({ durationMs }) => durationMs),
    completedAfter: deliveries.map(
      ({ completedAt, startedAt, durationMs }) => completedAt - startedAt - durationMs,
    ),
    statuses: deliveries.map(({ responseStatus }) => responseStatus),
    bytes: deliveries.map(({ bytes }) => bytes),
    ...keysOf(deliveries),
  };
  const version = columns.keys === undefined ? VERSION : VERSION_WITH_KEYS;
  return packed(version, columnsShape.write(columns), deliveries.length);
}

function keysOf(deliveries: readonly RunDelivery[]): Pick<Columns, "keys" | "keyOf" | "keySequences"> {
  if (deliveries.every(({ keyPlace }) => keyPlace === null)) return {};
  const numbers = new Map<string, number>();
  const keyOf = deliveries.map(({ keyPlace }) => {
    if (keyPlace === null) return -1;
    const number = numbers.get(keyPlace.key) ?? numbers.size;
    numbers.set(keyPlace.key, number);
    return number;
  });
  return {
    keys: [...numbers.keys()],
    keyOf,
    keySequences: deliveries.map(({ keyPlace }) => keyPlace?.sequence ?? 0),
  };
}

function keyPlaceAt({ keys, keyOf, keySequences }: Columns, i: number): KeyPlace | null {
  const key = keys?.[keyOf?.[i] ?? -1];
  return key === undefined ? null : { key, sequence: keySequences?.[i] ?? 0 };
}

/** The deliveries of a run, by rising sequence. */
export function decodeRun(run: ArrayBuffer): RunDelivery[] {
  const columns = columnsShape.read(unpacked(run) as StoredText<Columns>);
  const sequences = sums(columns.sequences);
  const positions = sums(columns.positions);
  return sequences.map((sequence, i) => {
    const position = positions[i] ?? 0;
    const createdAt = acceptedAt(position) + (columns.createdAfter[i] ?? 0);
    const startedAt = createdAt + (columns.startedAfter[i] ?? 0);
    const durationMs = columns.durations[i] ?? 0;
    return {
      sequence,
      position,
      eventId: columns.eventIds[i] ?? "",
      eventType: columns.types[columns.typeOf[i] ?? 0] ?? "",
      firedAt: acceptedAt(position) + (columns.firedAfter[i] ?? 0),
      createdAt,
      startedAt,
      durationMs,
      completedAt: startedAt + durationMs + (columns.completedAfter[i] ?? 0),
      responseStatus: columns.statuses[i] ?? null,
      bytes: columns.bytes[i] ?? 0,
      keyPlace: keyPlaceAt(columns, i),
    };
  });
}

/** The records of a run's attempts, in the order of its deliveries; each is the JSON of one. */
export function encodeRunAttempts(attempts: readonly StoredText<Attempt>[]): Uint8Array {
  return packed(VERSION, `[${attempts.join(",")}]`, attempts.length);
}

export function decodeRunAttempts(run: ArrayBuffer): Attempt[] {
  return attemptsShape.read(unpacked(run) as StoredText<Attempt[]>);
}

function packed(version: number, json: string, count: number): Uint8Array {
  const text = encoder.encode(json);
  const isCompressed = count >= COMPRESSED_FROM;
  const body = isCompressed ? deflateRawSync(text, { level: 1 }) : text;
  const run = new Uint8Array(2 + body.length);
  run[0] = version;
  run[1] = isCompressed ? 1 : 0;
  run.set(body, 2);
  return run;
}

function unpacked(run: ArrayBuffer): string {
  const [version, isCompressed] = new Uint8Array(run, 0, 2);
  if (version !== VERSION && version !== VERSION_WITH_KEYS)
    throw new Error(`a run of version ${version} is newer than this code`);
  const body = new Uint8Array(run, 2);
  return decoder.decode(isCompressed ? inflateRawSync(body) : body);
}

function differences(rising: readonly number[]): number[] {
  return rising.map((value, i) => value - (rising[i - 1] ?? 0));
}

function sums(differences: readonly number[]): number[] {
  let sum = 0;
  return differences.map((difference) => {
    sum += difference;
    return sum;
  });
}
