import { invalid } from "../errors.ts";

/*
 * Cursors are opaque to callers: base64url of the list's kind and of where its next page starts. The kind keeps a
 * cursor of one list from being read by another.
 */

/**
 * How the pages of some lists are told apart.
 * @param places where a page of each list can start: a cursor may have been made up by its sender
 */
export function cursorsOver<Kind extends string>(places: Readonly<Record<Kind, RegExp>>) {
  /** The `next_cursor` for a page; null stays null: there is no next page. */
  function cursorOf(kind: Kind, next: string | null): string | null {
    return next === null ? null : Buffer.from(`${kind}:${next}`).toString("base64url");
  }

  /** Where the page starts that this cursor asks for; undefined = at the beginning. Throws 422 if it is not of this list. */
  function startOf(kind: Kind, cursor: string | undefined): string | undefined {
    if (cursor === undefined) return undefined;
    const text = Buffer.from(cursor, "base64url").toString();
    const place = text.slice(kind.length + 1);
    if (!text.startsWith(`${kind}:`) || !places[kind].test(place)) {
      throw invalid([{ path: "cursor", message: "must be a `next_cursor` of this list" }]);
    }
    return place;
  }

  /** A page of rows in id order: `rows` holds one more than `limit` if there is a next page. */
  function pageOf<Row extends { id: string }>(kind: Kind, rows: Row[], limit: number) {
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? (page.at(-1)?.id ?? null) : null;
    return { page, nextCursor: cursorOf(kind, next) };
  }

  return { cursorOf, startOf, pageOf };
}
