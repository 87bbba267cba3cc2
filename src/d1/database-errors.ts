/*
 * What D1 says by its errors' texts: it has no codes. Drizzle wraps them; the text is that of a cause.
 */

/** Errors that Cloudflare lists as passing or as D1 starting anew (developers.cloudflare.com/d1/observability/debug-d1/). */
const TRANSIENT = [
  /Network connection lost/,
  /reset because its code was updated/,
  /caused object to be reset/,
  /limit and was reset/,
  /due to transient issue/,
  /D1 DB is overloaded/,
  /because client disconnected/,
];

/** A query that names what the migrations have yet to make. */
const WITHOUT_TABLES = /no such table|no such column|has no column named/i;

/** Whether a query failed for a reason that passes: the same one may succeed a moment later. */
export function isTransientDatabaseError(error: unknown): boolean {
  return textsOf(error).some((text) => TRANSIENT.some((form) => form.test(text)));
}

/** Whether D1 lacks tables or columns that this version works with: its migrations were not applied. */
export function lacksMigrations(error: unknown): boolean {
  return textsOf(error).some((text) => text.startsWith("D1_ERROR") && WITHOUT_TABLES.test(text));
}

/** The texts of an error and of its causes. */
export function textsOf(error: unknown): string[] {
  const texts: string[] = [];
  for (let at = error; at instanceof Error && texts.length < 8; at = at.cause) texts.push(at.message);
  return texts;
}
