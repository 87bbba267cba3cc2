import { newEvent } from "../contract/event.ts";
import { fieldErrors, MAX_ERRORS, pathText } from "../contract/field-errors.ts";
import { repeatedKeys } from "../contract/repeated-keys.ts";
import { conditionsOnTape } from "../domain/conditions.ts";
import type { NewEvent } from "../domain/event.ts";
import { isEventId } from "../domain/ids.ts";
import type { JsonTape } from "../domain/json-tape.ts";
import { type Extent, type Member, memberNamed } from "../domain/raw-json.ts";
import type { FieldError } from "../errors.ts";
import { readTapeOf } from "../http/json-object.ts";

/* From the text of an event to the event: the small fields checked, `data` as the text that was sent. */

/** Bytes of UTF-8 that an event may have, as it is sent. */
export const EVENT_BYTES = 1024 * 1024;

type Read = { event: NewEvent } | { errors: FieldError[] };

/** Characters that a field beside `data` may have, by far. */
const MAX_FIELD_CHARACTERS = 256 * 1024;

/**
 * The event that a text is, or everything that is wrong with it; `path` is where it lies in the body. The text is no
 * longer than an event may be. Throws 400 for what is no JSON.
 */
export function readEvent(text: string, path: PropertyKey[], apiVersion: string): Read {
  const read = readTapeOf(text, path);
  if ("problem" in read) return { errors: [read.problem] };
  const { tape } = read;
  const { fields, data, errors } = fieldsOf(tape, path);
  const result = newEvent.safeParse(fields);
  if (!result.success) return { errors: [...fieldErrors(result.error, path), ...errors] };
  if (errors.length > 0 || data === null) return { errors };
  const { type, id, created, api_version, tags, context } = result.data;
  return {
    event: {
      type,
      ...namesOf(id),
      ...(created === undefined ? {} : { created }),
      apiVersion: api_version ?? apiVersion,
      tags: tags ?? [],
      context: context ?? {},
      data: tape.raw(data),
      ...conditionsOnTape(tape, data),
      sent: {
        created: created !== undefined,
        apiVersion: api_version !== undefined,
        tags: tags !== undefined,
        context: context !== undefined,
      },
    },
  };
}

interface Fields {
  /** What the schema is asked about: `data` only stands for itself, the first unknown fields for all of them. */
  fields: Record<string, unknown>;
  /** Where `data` lies on the tape; null = nowhere. */
  data: number | null;
  errors: FieldError[];
}

/** An event's fields: the small ones parsed. JSON.parse keeps the last of two, a reader of the text maybe the first: so neither is taken. */
function fieldsOf(tape: JsonTape, path: PropertyKey[]): Fields {
  const entries = new Map<string, unknown>();
  const errors = new Map<string, string>();
  const within: FieldError[] = [];
  let data: number | null = null;
  const end = tape.next(0);
  for (let key = 1; key < end; key = tape.next(key + 1)) {
    const value = key + 1;
    const name = tape.string(key);
    if (entries.has(name)) errors.set(name, "must not occur twice");
    else if (name === "data") {
      data = value;
      entries.set(name, tape.isObject(value) ? {} : null);
    } else if (!Object.hasOwn(newEvent.shape, name)) {
      if (entries.size < MAX_ERRORS) entries.set(name, null);
    } else if (tape.end(value) - tape.start(value) > MAX_FIELD_CHARACTERS) {
      errors.set(name, `must not be longer than ${MAX_FIELD_CHARACTERS} characters`);
    } else {
      entries.set(name, JSON.parse(tape.raw(value)));
      if (tape.isObject(value)) within.push(...repeatedKeys(tape, value, [...path, name]));
    }
  }
  const told = [...errors].map(([name, message]) => ({ path: pathText([...path, name]), message }));
  return { fields: Object.fromEntries(entries), data, errors: [...told, ...within] };
}

/** A publisher's id that has the form of ours is the event's; any other stands beside it. */
function namesOf(id: string | undefined): Pick<NewEvent, "id" | "ownId"> {
  if (id === undefined) return {};
  return isEventId(id) ? { id } : { ownId: id };
}

/** Where the `event` lies in a body that its schema took. */
export function eventIn(text: string): Extent {
  const event = memberNamed(text, "event");
  if (event === null) throw new Error("a body without its event was taken");
  return event;
}

/** The keys that occur more than once, each once. */
export function keysTwiceIn(members: readonly Member[]): string[] {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const { key } of members) {
    if (seen.has(key)) twice.add(key);
    seen.add(key);
  }
  return [...twice];
}
