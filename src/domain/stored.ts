declare const shape: unique symbol;

/**
 * A value as some version of this service stored it, or sent it to another: fields of later versions are absent. Nothing
 * can be read of it but by the reader of its shape, which says what stands for those.
 */
export interface Stored<Shape> {
  readonly [shape]: Shape;
}

/** A value as it is stored, or sent. */
export function stored<Shape>(value: object): Stored<Shape> {
  return value as Stored<Shape>;
}

/** The fields that a stored value has, for the reader of its shape alone. Throws TypeError where it is no object. */
export function fieldsOf(value: Stored<unknown>): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw new TypeError("what is stored is no object");
  return value as unknown as Readonly<Record<string, unknown>>;
}
