import { newEvent } from "../contract/event.ts";
import { conditionsIn } from "../domain/conditions.ts";
import type { NewEvent } from "../domain/event.ts";
import { isEventId } from "../domain/ids.ts";
import { type Member, topLevelMembers } from "../domain/raw-json.ts";
import { type FieldError, invalid } from "../errors.ts";
import { fieldErrors, pathText } from "./body.ts";
import { readObject } from "./json-object.ts";

/* From the text of an event to the event: the small fields checked, `data` as the text that was sent. */

/** Bytes of UTF-8 that an event may have, as it is sent. */
export const EVENT_BYTES = 1024 * 1024;

type Read = { event: NewEvent } | { errors: FieldError[] };

/**
 * The event that a text is, or everything that is wrong with it; `path` is where it lies in the body. The text is no
 * longer than an event may be. Throws 400 for what is no JSON.
 */
export function readEvent(text: string, path: PropertyKey[], apiVersion: string): Read {
  const read = readObject(text, path);
  if ("problem" in read) return { errors: [read.problem] };
  const { value } = read;
  const result = newEvent.safeParse(value);
  const members = topLevelMembers(text);
  const twice = repeatedKeys(members, value, path);
  if (!result.success) return { errors: [...fieldErrors(result.error, path), ...twice] };
  const data = members.find((member) => member.key === "data");
  if (twice.length > 0 || data === undefined) return { errors: twice };
  const { type, id, created, api_version, tags, context } = result.data;
  return {
    event: {
      type,
      ...namesOf(id),
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

/** A publisher's id that has the form of ours is the event's; any other stands beside it. */
function namesOf(id: string | undefined): Pick<NewEvent, "id" | "ownId"> {
  if (id === undefined) return {};
  return isEventId(id) ? { id } : { ownId: id };
}

/** Where the member with this key lies in a body that is an object. Throws 422 if any key occurs twice. */
export function memberOf(text: string, value: object, key: string): Member {
  const members = topLevelMembers(text);
  const member = members.find((one) => one.key === key);
  const twice = repeatedKeys(members, value, []);
  if (twice.length > 0 || member === undefined) throw invalid(twice);
  return member;
}

/** JSON.parse keeps the last of two; a reader of the raw text might keep the first: so neither is taken. */
function repeatedKeys(members: Member[], value: object, path: PropertyKey[]): FieldError[] {
  if (members.length === Object.keys(value).length) return [];
  const repeated = keysTwiceIn(members);
  return repeated.map((key) => ({ path: pathText([...path, key]), message: "must not occur twice" }));
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
