/*
 * The values of the Common Expression Language (CEL) as filters see them. A JSON integer is a bigint, so that it
 * keeps its digits; a decimal is a double; an object is a Map, because a Map has no inherited keys.
 */

export type Value = null | boolean | bigint | number | string | Date | List | Dictionary;
export type List = readonly Value[];
export type Dictionary = ReadonlyMap<Value, Value>;

/** Why an expression, or a part of it, has no value. In CEL that is an error; here it makes a non-match. */
export class Failure {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export type Result = Value | Failure;

/** The name of a value's type, as CEL calls it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case "bigint":
      return "int";
    case "number":
      return "double";
    case "boolean":
      return "bool";
    case "string":
      return "string";
    default:
      if (value === null) return "null";
      if (value instanceof Date) return "timestamp";
      return isList(value) ? "list" : "map";
  }
}

export function isList(value: Result): value is List {
  return Array.isArray(value);
}

export function isDictionary(value: Result): value is Dictionary {
  return value instanceof Map;
}

/** An operator or a function that is not defined for the types it met. */
export function mismatch(name: string, ...values: Value[]): Failure {
  return new Failure(`${name} is not defined for ${values.map(typeName).join(" and ")}`);
}
