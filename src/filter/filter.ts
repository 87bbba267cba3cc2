import { compileCondition } from "./cel/compile.ts";
import { readJson } from "./cel/json.ts";
import { CelError } from "./cel/parse.ts";
import { type Names, type Program, Run } from "./cel/run.ts";
import { Failure, typeName, type Value } from "./cel/values.ts";

/** Characters of a filter's expression. */
const MAX_FILTER_LENGTH = 4096;

/** What reading `data` takes for each character of it, in steps (`cel/run.ts`), where it is full of small values. */
const READ_STEPS = 0.5;

/** What a filter can see of an event. */
export interface FilterableEvent {
  type: string;
  tags: readonly string[];
  context: Readonly<Record<string, string>>;
  /** Unix seconds. */
  created: number;
  /** The JSON text of `data`. */
  data: string;
}

/**
 * An event under the names that a filter uses (docs/filters.md): `data`, `type`, `tags`, `context`,
 * `created`, and `data` once more under the first segment of its type. `data` is parsed at its first use, once for all
 * filters.
 */
export class EventNames implements Names {
  /** What all filters together took so far, reading `data` and compiling included, in steps. */
  steps = 0;
  readonly #event: FilterableEvent;
  #data: Exclude<Value, null> | undefined;
  #context: Exclude<Value, null> | undefined;

  constructor(event: FilterableEvent) {
    this.#event = event;
  }

  valueOf(name: string): Exclude<Value, null> | undefined {
    switch (name) {
      case "data":
        break;
      case "type":
        return this.#event.type;
      case "tags":
        return this.#event.tags;
      case "context":
        this.#context ??= new Map(Object.entries(this.#event.context));
        return this.#context;
      case "created":
        return BigInt(this.#event.created);
      default:
        if (!isFirstSegment(name, this.#event.type)) return undefined;
    }
    this.#data ??= this.#read();
    return this.#data;
  }

  #read(): Exclude<Value, null> | undefined {
    const { data } = this.#event;
    this.steps += READ_STEPS * data.length;
    return readJson(data) ?? undefined;
  }
}

function isFirstSegment(name: string, type: string): boolean {
  return type.startsWith(name) && (type.length === name.length || type[name.length] === ".");
}

/** A compiled filter. */
export class Filter {
  readonly #program: Program;
  /** About how many operations there are, which cost no steps outside of loops. */
  readonly #operations: number;

  /** Compiles an expression. Throws CelError: what is wrong with it, and where. */
  constructor(expression: string) {
    this.#program = compileCondition(expression);
    this.#operations = 1 + expression.length / 4;
  }

  /** Why an event does not match; null = it does. Never throws, and ends within a millisecond or so. */
  nonMatch(event: EventNames): string | null {
    const run = new Run(event);
    const result = this.#program(run);
    event.steps += this.#operations + run.spent;
    if (run.isExhausted) return "too costly for this event";
    if (result === true) return null;
    if (result instanceof Failure) return result.reason;
    return result === false ? "is false" : `is neither true nor false, but of type ${typeName(result)}`;
  }
}

/** What is wrong with a filter's expression, with the character where it is; null = nothing. */
export function filterProblem(expression: string): string | null {
  if (expression.length > MAX_FILTER_LENGTH) return `must not be longer than ${MAX_FILTER_LENGTH} characters`;
  if (!expression.isWellFormed()) return "must not hold half of a surrogate pair";
  try {
    new Filter(expression);
    return null;
  } catch (error) {
    if (error instanceof CelError) return `character ${error.position + 1}: ${error.message}`;
    throw error;
  }
}
