import { batchEnvelope, newEvent } from "../contract/event.ts";
import { conditionsIn } from "../domain/conditions.ts";
import type { NewEvent } from "../domain/event.ts";
import { arrayElements, type Member, nestingDepth, topLevelMembers } from "../domain/raw-json.ts";
import { type FieldError, invalid } from "../errors.ts";
import { checked, fieldErrors, MAX_ERRORS, pathText, tooLarge } from "./body.ts";
import { parseObject } from "./json-object.ts";

/* From the text of a request to the events in it: the small fields checked, `data` as the text that was sent. */

/** Bytes of UTF-8 that an event may have, as it is sent. */
export const EVENT_BYTES = 1024 * 1024;

/** Bytes of UTF-8 that a batch may have. */
export const BATCH_BYTES = 16 * 1024 * 1024;

/**
 * How deep `data` may be nested. Readers of JSON have limits of their own, as Ruby's and Rails' 100, serde_json's 128
 * (.NET's 64 is the lowest that is common): what no receiver could read would only be retried.
 */
const MAX_DEPTH = 128;

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
  if (nestingDepth(text, data.start, data.end) > MAX_DEPTH) {
    const message = `must not be nested deeper than ${MAX_DEPTH} levels`;
    return { errors: [{ path: pathText([...path, "data"]), message }] };
  }
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
  const value = parseObject(text);
  const { events: values } = checked(batchEnvelope, value);
  const list = memberOf(text, value, "events");
  const errors: FieldError[] = [];
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

/** Where the member with this key lies in a body that is an object. Throws 422 if any key occurs twice. */
export function memberOf(text: string, value: unknown, key: string): Member {
  const members = topLevelMembers(text);
  const member = members.find((one) => one.key === key);
  const twice = repeatedKeys(members, value, []);
  if (twice.length > 0 || member === undefined) throw invalid(twice);
  return member;
}

/** JSON.parse keeps the last of two; a reader of the raw text might keep the first: so neither is taken. */
function repeatedKeys(members: Member[], value: unknown, path: PropertyKey[]): FieldError[] {
  if (!isObject(value) || members.length === Object.keys(value).length) return [];
  const keys = members.map((member) => member.key);
  const repeated = new Set(keys.filter((key, index) => keys.indexOf(key) !== index));
  return [...repeated].map((key) => ({ path: pathText([...path, key]), message: "must not occur twice" }));
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
