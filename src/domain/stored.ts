/*
 * What an earlier version of this service stored, or another one sends: fields that later versions added are absent. A
 * stored value has a type of its own, so that to use it without its reader is a type error; the reader says of each field
 * what stands for it where it is absent, and does not compile while a field has no rule.
 */

declare const shape: unique symbol;
declare const needsRules: unique symbol;

/** A value as it was stored and parsed, as a JSON column of D1. */
export interface Stored<Value> {
  readonly [shape]: Value;
}

/** The JSON text of a value as it was stored. */
export type StoredText<Value> = string & { readonly [shape]: Value };

/** Makes a value of what was stored, whichever version stored it. */
export type Reader<Value> = (stored: unknown) => Value;

/** How a value is stored as JSON, and read again. */
export interface Shape<Value> {
  write(value: Value): StoredText<Value>;
  read(text: StoredText<Value>): Value;
}

/** The shape of values that a reader makes. */
export function shapeOf<Value>(reader: Reader<Value>): Shape<Value> {
  return {
    write: (value) => JSON.stringify(value) as StoredText<Value>,
    read: (text) => reader(JSON.parse(text)),
  };
}

/** A value as it is stored, or sent. */
export function stored<Value>(value: object): Stored<Value> {
  return value as Stored<Value>;
}

/** The fields that a stored value has, for its reader. Throws TypeError where it is no object. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new TypeError("what is stored is no object");
  return value as Readonly<Record<string, unknown>>;
}

/**
 * An object by a rule for each of its fields. It stays the one that was parsed where that has these fields, as they are to
 * be, and no others: a run has thousands of attempts.
 */
export function record<Value extends object>(
  rules: {
    [Field in keyof Value]-?: Reader<Value[Field]>;
  },
): Reader<Value> {
  const names = Object.keys(rules);
  if (names.some((name) => name in Object.prototype))
    throw new TypeError("a field has a name that every object has");
  const readers = Object.values(rules) as Reader<unknown>[];
  return (value) => {
    const fields = fieldsOf(value);
    let made: Record<string, unknown> | null = null;
    let kept = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const given = fields[name];
      const field = (readers[i] as Reader<unknown>)(given);
      if (field !== given) made ??= picked(fields, names, i);
      if (field === undefined) continue;
      if (made === null) kept++;
      else made[name] = field;
    }
    return (made ?? (kept === sizeOf(fields) ? fields : picked(fields, names, names.length))) as Value;
  };
}

/** The first of some fields that an object has. */
function picked(fields: Readonly<Record<string, unknown>>, names: readonly string[], count: number) {
  const made: Record<string, unknown> = {};
  for (const name of names.slice(0, count))
    if (Object.hasOwn(fields, name) && fields[name] !== undefined) made[name] = fields[name];
  return made;
}

/** How many fields an object has: a loop, which makes no list of them. */
function sizeOf(fields: object): number {
  let size = 0;
  for (const _ in fields) size++;
  return size;
}

/** What later versions add no field to. */
type Plain = string | number | boolean | null | undefined;

/** Whatever JSON is. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** What `always` makes of a value with fields or places of its own: nothing that has its type. */
interface NeedsRules {
  readonly [needsRules]: never;
}

/**
 * What is taken as it is: plain values, and lists of them. A later version may give an object another field, and a row
 * another place: each has a rule of its own, by `record`, `row` and `named`.
 */
type Whole<Value> = Value extends Plain
  ? Value
  : Value extends readonly Plain[]
    ? number extends Value["length"]
      ? Value
      : NeedsRules
    : NeedsRules;

/** A field that every version wrote, of plain values. Throws TypeError where it is absent. */
export function always<Value>(): Reader<Whole<Value>> {
  return present as Reader<Whole<Value>>;
}

function present(value: unknown): unknown {
  if (value === undefined) throw new TypeError("what is stored lacks a field that every version wrote");
  return value;
}

/** What publishers and receivers gave, taken as it is: no version of this service has fields in it. */
export function json(): Reader<Json> {
  return present as Reader<Json>;
}

/** A field that may be absent, and then stays so. */
export function maybe<Value>(): Reader<Whole<Value> | undefined>;
export function maybe<Value>(reader: Reader<Value>): Reader<Value | undefined>;
export function maybe<Value>(reader?: Reader<Value>): Reader<Value | undefined> {
  if (reader === undefined) return asStored as Reader<Value | undefined>;
  return (value) => (value === undefined ? undefined : reader(value));
}

function asStored(value: unknown): unknown {
  return value;
}

/** A field that a later version added. */
export function added<Value>(absent: NoInfer<Whole<Value>>): Reader<Whole<Value>>;
export function added<Value>(absent: NoInfer<Value>, reader: Reader<Value>): Reader<Value>;
export function added<Value>(absent: Value, reader: Reader<Value> = present as Reader<Value>): Reader<Value> {
  return (value) => (value === undefined ? absent : reader(value));
}

/** What may be null. */
export function nullable<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (value) => (value === null ? null : reader(value));
}

/**
 * A row of fixed places, by a rule for each. A later version may only append, by `maybe` or `added`: older rows end before
 * that. The row stays the one that was parsed, and what is taken as it is costs nothing: chunks have thousands.
 */
export function row<Row extends readonly unknown[]>(
  ...rules: { [Place in keyof Row]-?: Reader<Row[Place]> }
): Reader<Row> {
  const readers = rules as readonly Reader<unknown>[];
  const places = [...readers.entries()].filter(([, reader]) => reader !== present && reader !== asStored);
  const always = readers.lastIndexOf(present) + 1;
  return (value) => {
    const given = listOf(value);
    if (given.length < always) present(undefined);
    let cells: unknown[] | null = null;
    for (const [place, reader] of places) {
      const before = place < given.length ? given[place] : undefined;
      const cell = reader(before);
      if (cell === before) continue;
      cells ??= [...given];
      cells[place] = cell;
    }
    return (cells ?? given) as readonly unknown[] as Row;
  };
}

/** An object of one of several kinds, by the reader of its kind, which one of its fields names. */
export function kinds<Name extends string, Value extends Record<Name, string>>(
  name: Name,
  readers: { [Kind in Value[Name]]: Reader<Extract<Value, Record<Name, Kind>>> },
): Reader<Value> {
  return (value) => {
    const kind = String(fieldsOf(value)[name]);
    if (!Object.hasOwn(readers, kind)) throw new TypeError(`what is stored has an unknown ${name}: ${kind}`);
    return readers[kind as Value[Name]](value);
  };
}

/** A list. */
export function listed<Value>(reader: Reader<Value>): Reader<Value[]> {
  const read = (value: unknown) => (value as unknown[]).map((item) => reader(item));
  return reader === present ? (listOf as Reader<Value[]>) : read;
}

/** A list of plain values stays the one that was parsed: runs and chunks have long ones. */
function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("what is stored is no list");
  return value;
}

/** An object whose names are data: each value is read. */
export function named<Value>(reader: Reader<Value>): Reader<Record<string, Value>> {
  if (reader === present) return fieldsOf as Reader<Record<string, Value>>;
  return (value) =>
    Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, item]) => [name, reader(item)]));
}
