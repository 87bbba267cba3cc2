import { CelError } from "./cel/parse.ts";
import { type EventNames, Filter } from "./filter.ts";

/**
 * Characters of expressions that a log keeps compiled: some ten megabytes at the worst, about 150 bytes for each.
 * Filters beyond it are compiled for each event, which takes some times as long as running them.
 */
const COMPILED_CHARACTERS = 100_000;

/** What compiling takes for each character, in steps (`cel/run.ts`). */
const COMPILE_STEPS = 8;

/** An expression that subscriptions have as their filter. */
export interface KeptFilter {
  /** Why an event does not match; null = it does. An expression that is refused matches nothing. */
  nonMatch(event: EventNames): string | null;
}

/** The filters of one log by their expression: each is compiled once, however many subscriptions have it. */
export class FilterCache {
  readonly #kept = new Map<string, CountedFilter>();
  readonly #room = { characters: COMPILED_CHARACTERS };

  /** Notes that a subscription has this filter. */
  keep(expression: string): KeptFilter {
    const kept = this.#kept.get(expression) ?? new CountedFilter(expression, this.#room);
    this.#kept.set(expression, kept);
    kept.subscriptions++;
    return kept;
  }

  /** Takes the note back; the last one takes the filter with it. */
  drop(expression: string): void {
    const kept = this.#kept.get(expression);
    if (!kept || --kept.subscriptions > 0) return;
    this.#kept.delete(expression);
    kept.forget();
  }
}

class CountedFilter implements KeptFilter {
  subscriptions = 0;
  readonly #expression: string;
  readonly #room: { characters: number };
  /** Compiled at the first event that asks for it: a log with thousands of filters starts at once. */
  #compiled: Filter | CelError | null = null;

  constructor(expression: string, room: { characters: number }) {
    this.#expression = expression;
    this.#room = room;
  }

  nonMatch(event: EventNames): string | null {
    const filter = this.#compiled ?? this.#compile(event);
    return filter instanceof CelError ? filter.message : filter.nonMatch(event);
  }

  /** Gives its room back; a match that began before may still ask for it. */
  forget(): void {
    if (this.#compiled !== null) this.#room.characters += this.#expression.length;
    this.#compiled = null;
  }

  #compile(event: EventNames): Filter | CelError {
    const { length } = this.#expression;
    event.steps += COMPILE_STEPS * length;
    const filter = compiled(this.#expression);
    if (this.subscriptions > 0 && length <= this.#room.characters) {
      this.#room.characters -= length;
      this.#compiled = filter;
    }
    return filter;
  }
}

/** The API refuses what does not compile; what an earlier version took must not fail a publisher now. */
function compiled(expression: string): Filter | CelError {
  try {
    return new Filter(expression);
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}
