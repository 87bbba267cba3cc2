import { invalid } from "../errors.ts";
import { PLACE_TEXT } from "./workspace-scan.ts";

/*
 * Cursors are opaque to callers: base64url of the list's kind and of where its next page starts. The kind keeps a
 * cursor of one list from being read by another.
 */

/** A position or a sequence; 16 digits are more than any has, and fewer than a number loses. */
const NUMBER = /^\d{1,16}$/;

/** Its end names the jurisdiction of a workspace that is bound to one. */
const ID = /^[a-z]{2,3}_[0-9A-Z]{26}(_[a-z]{2,8})?$/;

const TYPE = /^[A-Za-z0-9_.-]{1,128}$/;

/** Where a page of each list can start: a cursor may have been made up by its sender. */
const PLACES = {
  audit: ID,
  workspaces: ID,
  keys: ID,
  inboxes: ID,
  "inbox requests": NUMBER,
  endpoints: ID,
  "event types": TYPE,
  events: NUMBER,
  search: NUMBER,
  deliveries: NUMBER,
  "event deliveries": NUMBER,
  "deliveries of all": PLACE_TEXT,
  "deliveries of an event": /^\d{1,6}-\d{1,9}$/,
  explained: /^(named:\d{1,6}|others:ep_[0-9A-Z]{26}(_[a-z]{2,8})?)$/,
  forecast: ID,
  versions: ID,
  stats: PLACE_TEXT,
  replays: ID,
  "replays of all": ID,
  "jobs of a replay": ID,
} as const satisfies Record<string, RegExp>;

type CursorKind = keyof typeof PLACES;

/** The `next_cursor` for a page; null stays null: there is no next page. */
export function cursorOf(kind: CursorKind, next: string | null): string | null {
  return next === null ? null : Buffer.from(`${kind}:${next}`).toString("base64url");
}

/** Where the page starts that this cursor asks for; undefined = at the beginning. Throws 422 if it is not of this list. */
export function startOf(kind: CursorKind, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  const place = text.slice(kind.length + 1);
  if (!text.startsWith(`${kind}:`) || !PLACES[kind].test(place)) {
    throw invalid([{ path: "cursor", message: "must be a `next_cursor` of this list" }]);
  }
  return place;
}

/** A page of rows in id order: `rows` holds one more than `limit` if there is a next page. */
export function pageOf<Row extends { id: string }>(kind: CursorKind, rows: Row[], limit: number) {
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
  return { page, nextCursor: cursorOf(kind, next) };
}
