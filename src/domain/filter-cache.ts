import { CelError } from "./cel/parse.ts";
import { type EventNames, Filter } from "./filter.ts";

interface Kept {
  subscriptions: number;
  /** Compiled at the first event that asks for it: a log with thousands of filters starts at once. */
  filter: Filter | CelError | null;
}

/** The compiled filters of one log, by their expression: each is compiled once, however many subscriptions have it. */
export class FilterCache {
  readonly #kept = new Map<string, Kept>();

  /** Notes that a subscription has this filter. */
  keep(expression: string | null): void {
    if (expression === null) return;
    const kept = this.#kept.get(expression);
    if (kept) kept.subscriptions++;
    else this.#kept.set(expression, { subscriptions: 1, filter: null });
  }

  /** Takes the note back; the last one takes the filter with it. */
  drop(expression: string | null): void {
    const kept = expression === null ? undefined : this.#kept.get(expression);
    if (kept && --kept.subscriptions === 0) this.#kept.delete(expression as string);
  }

  /** Why an event does not match a filter that is kept; null = it does. An expression that is refused matches nothing. */
  nonMatch(expression: string, event: EventNames): string | null {
    const kept = this.#kept.get(expression);
    if (kept === undefined) throw new Error("this filter is not kept");
    kept.filter ??= compiled(expression);
    return kept.filter instanceof CelError ? kept.filter.message : kept.filter.nonMatch(event);
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
