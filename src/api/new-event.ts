import { batchEnvelope, newEvent } from "../contract/event.ts";
import { conditionsIn } from "../domain/conditions.ts";
import type { NewEvent } from "../domain/event.ts";
import { arrayElements, type Member, topLevelMembers } from "../domain/raw-json.ts";
import { type FieldError, invalid } from "../errors.ts";
import { checked, fieldErrors, MAX_ERRORS, parseJson, tooLarge } from "./body.ts";

/* From the text of a request to the events in it: the small fields checked, `data` as the text that was sent. */

/** Bytes of UTF-8 that an event may have, as it is sent. */
export const EVENT_BYTES = 1024 * 1024;

/** Bytes of UTF-8 that a batch may have. */
export const BATCH_BYTES = 16 * 1024 * 1024;

type Read = { event: NewEvent } | { errors: FieldError[] };

/** The event whose JSON text begins at `start`; `path` is where it lies in the body. */
export function readEvent(
  text: string,
  value: unknown,
  start: number,
  path: PropertyKey[],
  apiVersion: string,
): Read {
  const result = newEvent.safeParse(value);
  const members = isObject(value) ? topLevelMembers(text, start) : [];
  const twice = repeatedKeys(members, value, path);
  if (!result.success) return { errors: [...fieldErrors(result.error, path), ...twice] };
  const data = members.find((member) => member.key === "data");
  if (twice.length > 0 || data === undefined) return { errors: twice };
  const { type, id, created, api_version, tags, context } = result.data;
  return {
    event: {
      type,
      ...(id === undefined ? {} : { id }),
      ...(created === undefined ? {} : { created }),
      apiVersion: api_version ?? apiVersion,
      tags: tags ?? [],
      context: context ?? {},
      data: text.slice(data.start, data.end),
      ...conditionsIn(result.data.data),
      sent: {
        created: created !== undefined,
        apiVersion: api_version !== undefined,
        tags: tags !== undefined,
        context: context !== undefined,
      },
    },
  };
}

/** The events of a batch's body. Throws 413 and 422, naming the index. */
export function readBatch(text: string, apiVersion: string): NewEvent[] {
  const value = parseJson(text);
  const { events: values } = checked(batchEnvelope, value);
  const members = topLevelMembers(text);
  const errors = repeatedKeys(members, value, []);
  const list = members.find((member) => member.key === "events");
  if (errors.length > 0 || list === undefined) throw invalid(errors);
  const events: NewEvent[] = [];
  for (const [index, extent] of arrayElements(text, list.start).entries()) {
    if (byteLength(text, extent.start, extent.end) > EVENT_BYTES)
      throw tooLarge(EVENT_BYTES, `events[${index}]`);
    const read = readEvent(text, values[index], extent.start, ["events", index], apiVersion);
    if ("event" in read) events.push(read.event);
    else errors.push(...read.errors);
    if (errors.length >= MAX_ERRORS) break;
  }
  if (errors.length > 0) throw invalid(errors);
  return events;
}

/** JSON.parse keeps the last of two; a reader of the raw text might keep the first: so neither is taken. */
function repeatedKeys(members: Member[], value: unknown, path: PropertyKey[]): FieldError[] {
  if (!isObject(value) || members.length === Object.keys(value).length) return [];
  const prefix = path.length === 0 ? "" : `${String(path[0])}[${String(path[1])}].`;
  const keys = members.map((member) => member.key);
  const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return [...repeated].map((key) => ({ path: prefix + key, message: "must not occur twice" }));
}

/** Bytes of UTF-8; counted only where the number of characters leaves a doubt. */
function byteLength(text: string, start: number, end: number): number {
  const characters = end - start;
  const atMost = characters * 3;
  return atMost <= EVENT_BYTES ? atMost : Buffer.byteLength(text.slice(start, end));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
