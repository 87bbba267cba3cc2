import { type LoggedEvent, RETENTION_MS } from "../../domain/event.ts";
import { acceptedAt, positionAt } from "../../domain/ids.ts";
import type { EventSearch, EventSearchPage } from "../../domain/search-messages.ts";
import type { Clock, Timers } from "../../domain/surroundings.ts";
import { typeMatches } from "../../domain/type-pattern.ts";
import { CelError } from "../../filter/cel/parse.ts";
import { EventNames, Filter } from "../../filter/filter.ts";
import { awaitTurn } from "../accept/thread-turns.ts";
import type { EventReader } from "../archive/reader.ts";

/** What one page looks at, whatever is found: beyond any of these it comes back short, with a cursor. */
const EXAMINED_PER_PAGE = 10_000;
const CHARACTERS_PER_PAGE = 4 * 1024 * 1024;
const STEPS_PER_PAGE = 1_000_000;

/** What is done before everybody else's work has its turn, in steps and in characters looked through. */
const STEPS_AT_ONCE = 50_000;
const CHARACTERS_AT_ONCE = 1024 * 1024;

/** Characters of an event's data shown around what was found. */
const EXCERPT_BEFORE = 60;
const EXCERPT_LENGTH = 200;

/**
 * A page of the events that a search finds, newest first, wherever they lie.
 * @param logs among which what a page looks at is shared out
 */
export async function searchEvents(
  reader: EventReader,
  query: EventSearch,
  surroundings: Clock & Timers,
  logs = 1,
): Promise<EventSearchPage> {
  const oldest = positionAt(Math.max(query.from ?? 0, surroundings.nowMs() - RETENTION_MS));
  const end = query.to === undefined ? Number.MAX_SAFE_INTEGER : positionAt(query.to);
  const start = Math.min(query.before ?? Number.MAX_SAFE_INTEGER, end);
  const search = new Search(query, surroundings, logs);
  let position = start;
  const isWanted = (event: LoggedEvent) => isOfTypes(event.type, query.types);
  for await (const group of reader.backwards(start, isWanted)) {
    for (const event of group) {
      if (event.position < oldest) return search.page(null, null);
      if (search.isFull) return search.page(position, acceptedAt(position));
      position = event.position;
      if (isWanted(event)) search.look(event);
      else search.pass();
      if (search.mustPause) await search.pause();
    }
    await search.pause();
  }
  const isOver = position === start || !reader.hasBefore(position);
  return search.page(isOver ? null : position, isOver ? null : acceptedAt(position));
}

class Search {
  readonly #query: EventSearch;
  readonly #surroundings: Clock & Timers;
  readonly #logs: number;
  readonly #filter: Filter | null;
  readonly #rows: EventSearchPage["rows"] = [];
  #examined = 0;
  #characters = 0;
  #steps = 0;
  #pausedAt = { characters: 0, steps: 0 };

  constructor(query: EventSearch, surroundings: Clock & Timers, logs: number) {
    this.#logs = logs;
    this.#surroundings = surroundings;
    this.#query = query;
    this.#filter = query.filter === undefined ? null : compiled(query.filter);
  }

  get isFull(): boolean {
    const logs = this.#logs;
    return (
      this.#rows.length === this.#query.limit ||
      this.#examined * logs >= EXAMINED_PER_PAGE ||
      this.#characters * logs >= CHARACTERS_PER_PAGE ||
      this.#steps * logs >= STEPS_PER_PAGE
    );
  }

  get mustPause(): boolean {
    const { characters, steps } = this.#pausedAt;
    return this.#steps - steps >= STEPS_AT_ONCE || this.#characters - characters >= CHARACTERS_AT_ONCE;
  }

  async pause(): Promise<void> {
    this.#pausedAt = { characters: this.#characters, steps: this.#steps };
    await awaitTurn(this.#surroundings);
  }

  /** Counts an event that was looked at without its data. */
  pass(): void {
    this.#examined++;
  }

  look({ sent: _sent, endpoints, missed: _missed, data, ...event }: LoggedEvent): void {
    this.#examined++;
    this.#characters += data.length;
    const excerpt = this.#excerpt(data);
    if (this.#query.text !== undefined && excerpt === null) return;
    if (this.#filter !== null) {
      const names = new EventNames({ ...event, data });
      const reason = this.#filter.nonMatch(names);
      this.#steps += names.steps;
      if (reason !== null) return;
    }
    this.#rows.push({ event: { ...event, endpoints: endpoints.length }, excerpt });
  }

  /** Where the text stands in the data; null = it does not, or none is asked for. */
  #excerpt(data: string): string | null {
    const { text } = this.#query;
    const at = text === undefined ? -1 : data.indexOf(text);
    if (at === -1) return null;
    const start = Math.max(0, at - EXCERPT_BEFORE);
    return data.slice(start, start + EXCERPT_LENGTH).toWellFormed();
  }

  page(next: number | null, scannedTo: number | null): EventSearchPage {
    return {
      rows: this.#rows,
      next,
      scannedTo,
      scannedEvents: this.#examined,
      scannedCharacters: this.#characters,
    };
  }
}

/** The API refuses what does not compile; here it would find nothing. */
function compiled(expression: string): Filter {
  try {
    return new Filter(expression);
  } catch (error) {
    if (error instanceof CelError) return new Filter("false");
    throw error;
  }
}

function isOfTypes(type: string, patterns: string[] | undefined): boolean {
  return !patterns || patterns.some((pattern) => pattern === "*" || typeMatches(pattern, type));
}
