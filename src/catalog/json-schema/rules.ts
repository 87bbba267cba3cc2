/** The types of JSON Schema as bits, so that a list of them is one number. */
export const TYPE_BITS = {
  null: 1,
  boolean: 2,
  object: 4,
  array: 8,
  number: 16,
  integer: 32,
  string: 64,
} as const;

export type TypeName = keyof typeof TYPE_BITS;

/** A value to compare with; an object's members by name, so that their number is known at no cost. */
export type Choice = string | number | boolean | null | readonly Choice[] | ReadonlyMap<string, Choice>;

/** The values of `enum` or `const`. */
export interface Choices {
  strings: ReadonlySet<string>;
  /** How long the longest of the strings is. */
  maxLength: number;
  numbers: ReadonlySet<number>;
  /** true, false, null. */
  literals: ReadonlySet<string>;
  /** Objects and arrays. */
  composites: readonly (readonly Choice[] | ReadonlyMap<string, Choice>)[];
  /** What a problem says of them, shortened: `one of "a", "b"`. */
  shown: string;
}

/** What an object has to keep; absent keywords are null, empty or without bounds. */
export interface ObjectRules {
  properties: ReadonlyMap<string, Rules>;
  additional: Rules | null;
  names: Rules | null;
  required: readonly string[];
  dependentRequired: readonly (readonly [name: string, needs: readonly string[]])[];
  dependentSchemas: readonly (readonly [name: string, rules: Rules])[];
  /** Names that `required` and `dependent…` ask for. */
  asked: ReadonlySet<string>;
  minProperties: number;
  maxProperties: number;
}

/** What an array has to keep. */
export interface ArrayRules {
  prefix: readonly Rules[];
  items: Rules | null;
  contains: Rules | null;
  minContains: number;
  maxContains: number;
  minItems: number;
  maxItems: number;
}

export interface NumberRules {
  minimum: number;
  maximum: number;
  /** `exclusiveMinimum` and `exclusiveMaximum`. */
  above: number | null;
  below: number | null;
  multipleOf: number | null;
}

export interface StringRules {
  minLength: number;
  maxLength: number;
  format: string | null;
}

/** A schema, made ready for checking. */
export interface Rules {
  /** The schema `false`. */
  never: boolean;
  /** TYPE_BITS of what the value may be; 0 = anything. */
  types: number;
  choices: readonly Choices[];
  number: NumberRules | null;
  string: StringRules | null;
  object: ObjectRules | null;
  array: ArrayRules | null;
  /** `$ref` and `allOf`. */
  all: readonly Rules[];
  any: readonly Rules[] | null;
  one: readonly Rules[] | null;
  not: Rules | null;
  if: Rules | null;
  then: Rules | null;
  else: Rules | null;
  unevaluatedProperties: Rules | null;
  unevaluatedItems: Rules | null;
}
