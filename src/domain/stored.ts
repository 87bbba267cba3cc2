/*
 * What an earlier version of this service stored, or another one sends: fields that later versions added are absent. A
 * stored value has a type of its own, so that to use it without its reader is a type error; the reader says of each field
 * what stands for it where it is absent, and does not compile while a field has no rule.
 */

declare const shape: unique symbol;

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

/** An object by a rule for each of its fields. */
export function record<Value extends object>(
  rules: {
    [Field in keyof Value]-?: Reader<Value[Field]>;
  },
): Reader<Value> {
  const entries = Object.entries(rules) as [string, Reader<unknown>][];
  return (value) => {
    const fields = fieldsOf(value);
    const made: Record<string, unknown> = {};
    for (const [name, rule] of entries) {
      const field = rule(Object.hasOwn(fields, name) ? fields[name] : undefined);
      if (field !== undefined) made[name] = field;
    }
    return made as Value;
  };
}

/** A field that every version wrote. Throws TypeError where it is absent. */
export function always<Value>(): Reader<Value> {
  return (value) => {
    if (value === undefined) throw new TypeError("what is stored lacks a field that every version wrote");
    return value as Value;
  };
}

/** A field that may be absent, and then stays so. */
export function maybe<Value>(reader?: Reader<Value>): Reader<Value | undefined> {
  return (value) =>
    value === undefined || reader === undefined ? (value as Value | undefined) : reader(value);
}

/** A field that a later version added. */
export function added<Value>(absent: NoInfer<Value>, reader: Reader<Value> = always()): Reader<Value> {
  return (value) => (value === undefined ? absent : reader(value));
}

/** What may be null. */
export function nullable<Value>(reader: Reader<Value>): Reader<Value | null> {
  return (value) => (value === null ? null : reader(value));
}

/** A list. */
export function listed<Value>(reader: Reader<Value>): Reader<Value[]> {
  return (value) => (value as unknown[]).map(reader);
}

/** An object whose names are data: each value is read. */
export function named<Value>(reader: Reader<Value>): Reader<Record<string, Value>> {
  return (value) =>
    Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, item]) => [name, reader(item)]));
}
