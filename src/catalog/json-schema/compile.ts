import type { JsonObject, JsonValue } from "../shape.ts";
import {
  type ArrayRules,
  type Choice,
  type Choices,
  type NumberRules,
  type ObjectRules,
  type Rules,
  type StringRules,
  TYPE_BITS,
  type TypeName,
} from "./rules.ts";

/** A message shows a list of values up to this length. */
const MAX_SHOWN = 200;

/** The rules of a schema that `schemaProblems` has nothing against. */
export function compileSchema(schema: JsonObject): Rules {
  return new Compiler(objectIn(schema.$defs) ?? {}).rules(schema);
}

class Compiler {
  readonly #definitions: JsonObject;
  /** Each definition is compiled once, however often it is named. */
  readonly #compiled = new Map<string, Rules>();

  constructor(definitions: JsonObject) {
    this.#definitions = definitions;
  }

  rules(schema: JsonValue): Rules {
    const own = objectIn(schema) ?? {};
    const reference = typeof own.$ref === "string" ? [this.#definition(own.$ref)] : [];
    return {
      never: schema === false,
      types: listIn(own.type).reduce<number>((bits, name) => bits | TYPE_BITS[name as TypeName], 0),
      choices: [
        ...(own.enum === undefined ? [] : [choicesOf(own.enum as JsonValue[])]),
        ...(own.const === undefined ? [] : [choicesOf([own.const])]),
      ],
      number: numberRules(own),
      string: stringRules(own),
      object: this.#objectRules(own),
      array: this.#arrayRules(own),
      all: [...reference, ...(this.#list(own.allOf) ?? [])],
      any: this.#list(own.anyOf),
      one: this.#list(own.oneOf),
      not: this.#optional(own.not),
      if: this.#optional(own.if),
      // biome-ignore lint/suspicious/noThenProperty: the name of a JSON Schema keyword
      then: this.#optional(own.then),
      else: this.#optional(own.else),
      unevaluatedProperties: this.#optional(own.unevaluatedProperties),
      unevaluatedItems: this.#optional(own.unevaluatedItems),
    };
  }

  #definition(reference: string): Rules {
    const name = reference.slice("#/$defs/".length);
    const known = this.#compiled.get(name) ?? this.rules(this.#definitions[name] ?? true);
    this.#compiled.set(name, known);
    return known;
  }

  #optional(schema: JsonValue | undefined): Rules | null {
    return schema === undefined ? null : this.rules(schema);
  }

  #list(schemas: JsonValue | undefined): Rules[] | null {
    return Array.isArray(schemas) ? schemas.map((schema) => this.rules(schema)) : null;
  }

  #named(schemas: JsonValue | undefined): [string, Rules][] {
    return Object.entries(objectIn(schemas) ?? {}).map(([name, schema]) => [name, this.rules(schema)]);
  }

  #objectRules(own: JsonObject): ObjectRules | null {
    const names = [
      ...["properties", "additionalProperties", "propertyNames", "required", "dependentRequired"],
      ...["dependentSchemas", "minProperties", "maxProperties"],
    ];
    if (!names.some((name) => Object.hasOwn(own, name))) return null;
    const required = listIn(own.required) as string[];
    const dependentSchemas = this.#named(own.dependentSchemas);
    const dependentRequired = Object.entries(objectIn(own.dependentRequired) ?? {}).map(
      ([name, needs]) => [name, needs as string[]] as const,
    );
    return {
      properties: new Map(this.#named(own.properties)),
      additional: this.#optional(own.additionalProperties),
      names: this.#optional(own.propertyNames),
      ...{ required, dependentRequired, dependentSchemas },
      asked: new Set([
        ...required,
        ...dependentRequired.flatMap(([name, needs]) => [name, ...needs]),
        ...dependentSchemas.map(([name]) => name),
      ]),
      minProperties: numberIn(own.minProperties, 0),
      maxProperties: numberIn(own.maxProperties, Number.POSITIVE_INFINITY),
    };
  }

  #arrayRules(own: JsonObject): ArrayRules | null {
    if (
      !["prefixItems", "items", "contains", "minItems", "maxItems"].some((name) => Object.hasOwn(own, name))
    )
      return null;
    return {
      prefix: this.#list(own.prefixItems) ?? [],
      items: this.#optional(own.items),
      contains: this.#optional(own.contains),
      minContains: numberIn(own.minContains, 1),
      maxContains: numberIn(own.maxContains, Number.POSITIVE_INFINITY),
      minItems: numberIn(own.minItems, 0),
      maxItems: numberIn(own.maxItems, Number.POSITIVE_INFINITY),
    };
  }
}

function numberRules(own: JsonObject): NumberRules | null {
  const names = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];
  if (!names.some((name) => Object.hasOwn(own, name))) return null;
  return {
    minimum: numberIn(own.minimum, Number.NEGATIVE_INFINITY),
    maximum: numberIn(own.maximum, Number.POSITIVE_INFINITY),
    above: numberIn(own.exclusiveMinimum, null),
    below: numberIn(own.exclusiveMaximum, null),
    multipleOf: numberIn(own.multipleOf, null),
  };
}

function stringRules(own: JsonObject): StringRules | null {
  if (!["minLength", "maxLength", "format"].some((name) => Object.hasOwn(own, name))) return null;
  return {
    minLength: numberIn(own.minLength, 0),
    maxLength: numberIn(own.maxLength, Number.POSITIVE_INFINITY),
    format: typeof own.format === "string" ? own.format : null,
  };
}

function choicesOf(values: readonly JsonValue[]): Choices {
  const strings = new Set(values.filter((value) => typeof value === "string"));
  return {
    strings,
    maxLength: Math.max(0, ...[...strings].map(({ length }) => length)),
    numbers: new Set(values.filter((value) => typeof value === "number")),
    literals: new Set(values.filter((value) => value === null || typeof value === "boolean").map(String)),
    composites: values.map(choiceOf).filter((choice) => typeof choice === "object" && choice !== null),
    shown: `${values.length > 1 ? "one of " : ""}${shownOf(values)}`,
  };
}

function choiceOf(value: JsonValue): Choice {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(choiceOf);
  return new Map(Object.entries(value).map(([name, member]) => [name, choiceOf(member)]));
}

/** The values in a row, as far as there is room for them. */
function shownOf(values: readonly JsonValue[]): string {
  let shown = "";
  for (const value of values) {
    const text = JSON.stringify(value);
    const more = shown === "" ? text : `${shown}, ${text}`;
    if (more.length > MAX_SHOWN) return shown === "" ? `${text.slice(0, MAX_SHOWN)}…` : `${shown}, …`;
    shown = more;
  }
  return shown;
}

function objectIn(value: JsonValue | undefined): JsonObject | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
}

function listIn(value: JsonValue | undefined): JsonValue[] {
  return value === undefined ? [] : [value].flat();
}

function numberIn<Absent extends number | null>(
  value: JsonValue | undefined,
  absent: Absent,
): number | Absent {
  return typeof value === "number" ? value : absent;
}
