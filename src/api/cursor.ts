import { invalid } from "../errors.ts";

/*
 * Cursors are opaque to callers: base64url of the list's kind and of where its next page starts. The kind keeps a
 * cursor of one list from being read by another.
 */

export type CursorKind =
  | "audit"
  | "workspaces"
  | "keys"
  | "endpoints"
  | "event types"
  | "events"
  | "deliveries"
  | "event deliveries"
  | "replays";

/** The `next_cursor` for a page; null stays null: there is no next page. */
export function cursorOf(kind: CursorKind, next: string | null): string | null {
  return next === null ? null : Buffer.from(`${kind}:${next}`).toString("base64url");
}

/** Where the page starts that this cursor asks for; undefined = at the beginning. Throws 422 if it is not of this list. */
export function startOf(kind: CursorKind, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  if (!text.startsWith(`${kind}:`)) {
    throw invalid([{ path: "cursor", message: "must be a `next_cursor` of this list" }]);
  }
  return text.slice(kind.length + 1);
}

/** A page of rows in id order: `rows` holds one more than `limit` if there is a next page. */
export function pageOf<Row extends { id: string }>(kind: CursorKind, rows: Row[], limit: number) {
  const page = rows.slice(0, limit);
  const next = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
  return { page, nextCursor: cursorOf(kind, next) };
}
