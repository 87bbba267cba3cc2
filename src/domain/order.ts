import type { Event } from "./event.ts";
import { memberNamed, skipSpace } from "./raw-json.ts";

/** In which order an endpoint's deliveries are attempted. `by`: see `ORDER_BY`. */
export type Order = "none" | "endpoint" | { by: string };

/** The place of a delivery in the order of its key. */
export interface KeyPlace {
  /** Empty = the key of all events that have none. */
  key: string;
  /** From 1, without gaps among the deliveries of the key. */
  sequence: number;
}

/** What a key is read from. */
export type Keyed = Pick<Event, "context" | "tags" | "data">;

/** Names of what a key is read from: `context.<name>`, `data.<path>` of at most eight names, `tag:<prefix>`. */
export const ORDER_BY =
  /^(?:context\.(?!\s)[^\p{Cc}\p{Cs}]{1,128}|data(?:\.(?!\s)[^.\p{Cc}\p{Cs}]{1,64}){1,8}|tag:(?!\s)[^\p{Cc}\p{Cs}]{1,128})$/u;

/** What the order goes by; null = it is not by key. */
export function orderBy(order: Order): string | null {
  return typeof order === "string" ? null : order.by;
}

/** Whether it is the same order. */
export function isSameOrder(one: Order, other: Order): boolean {
  return one === other || (orderBy(one) !== null && orderBy(one) === orderBy(other));
}

/**
 * What an event has where the key is read from: a text, or a number or truth value as it was written; empty where there is
 * nothing such. Its length is what the publisher sent.
 */
export function orderKeyIn(by: string, { context, tags, data }: Keyed): string {
  if (by.startsWith("context.")) {
    const name = by.slice("context.".length);
    return Object.hasOwn(context, name) ? (context[name] ?? "") : "";
  }
  if (by.startsWith("tag:")) {
    const prefix = by.slice("tag:".length);
    return tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length) ?? "";
  }
  return scalarAt(data, by.split(".").slice(1));
}

/** The text of what lies at a path of JSON objects; empty where that is an object, a list, null, or nothing. */
function scalarAt(json: string, path: readonly string[]): string {
  let text = json.slice(skipSpace(json, 0));
  for (const name of path) {
    const member = text.startsWith("{") ? memberNamed(text, name) : null;
    if (member === null) return "";
    text = text.slice(member.start, member.end);
  }
  if (text.startsWith('"')) return JSON.parse(text) as string;
  return text === "null" || text.startsWith("{") || text.startsWith("[") ? "" : text;
}
