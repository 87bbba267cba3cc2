import type { Shape, StoredText } from "../domain/stored.ts";

/**
 * One step of an object's schema: SQL statements that take it from the version before to this one. For half a minute
 * after a deploy, and after a rollback, older code meets newer tables: a step that only adds what older code need not
 * know says `olderCodeMayRead`, and that code goes on; otherwise it refuses the object until it is itself replaced.
 */
export type SchemaStep = readonly string[] | { statements: readonly string[]; olderCodeMayRead: true };

/** What SQLite says of a table that is not there. */
const NO_TABLE = /no such table/;

/** What an object says that was opened by code older than its tables; `failure.ts` knows it by these words. */
export const NEWER_TABLES = /schema \d+ is newer than this code's \d+/;

/** How far an object's tables are: the step that code must know to open them, and the last one that was made. */
export interface SchemaVersions {
  needed: number;
  done: number;
}

/** How far the tables are that are there; null = there are none. */
export function versionsIn(sql: SqlStorage): SchemaVersions | null {
  let rows: { key: string; value: number }[];
  try {
    rows = sql
      .exec<{ key: string; value: number }>(
        "SELECT key, value FROM meta WHERE key IN ('schema', 'schema_done')",
      )
      .toArray();
  } catch (error) {
    if (error instanceof Error && NO_TABLE.test(error.message)) return null;
    throw error;
  }
  const of = (name: string) => rows.find(({ key }) => key === name)?.value;
  const needed = of("schema") ?? 0;
  return { needed, done: of("schema_done") ?? needed };
}

/**
 * Brings an object's tables up to the newest step. Objects live for years and meet every version of the code:
 * steps are only ever appended. Runs before anything else reads or writes, so that no request sees an older schema.
 * `schema` in `meta` is the step that code must know to open the tables, `schema_done` the last one that was made.
 */
export function migrate(
  storage: Pick<DurableObjectStorage, "sql" | "transactionSync">,
  steps: readonly SchemaStep[],
  versions: SchemaVersions | null = versionsIn(storage.sql),
): void {
  const { sql } = storage;
  const { needed, done } = versions ?? { needed: 0, done: 0 };
  if (needed > steps.length) throw new Error(`schema ${needed} is newer than this code's ${steps.length}`);
  if (versions !== null && done >= steps.length) return;
  storage.transactionSync(() => {
    if (versions === null) sql.exec("CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
    for (const step of steps.slice(done)) for (const statement of statementsOf(step)) sql.exec(statement);
    const lastBreaking = steps.findLastIndex((step, index) => index >= done && !mayBeRead(step)) + 1;
    writeMeta(sql, "schema", Math.max(needed, lastBreaking));
    // Two rows only where they differ: most objects have one.
    if (Math.max(needed, lastBreaking) < steps.length) writeMeta(sql, "schema_done", steps.length);
    else if (done > needed) forgetMeta(sql, "schema_done");
  });
}

function statementsOf(step: SchemaStep): readonly string[] {
  return "statements" in step ? step.statements : step;
}

function mayBeRead(step: SchemaStep): boolean {
  return "statements" in step;
}

/**
 * From now on code that knows fewer than these steps refuses the object, though each of them lets it read: what is stored next it
 * would carry on wrongly. Writes nothing where that is so already; part of the caller's transaction.
 */
export function refuseOlderCode(sql: SqlStorage, steps: readonly SchemaStep[]): void {
  const { needed, done } = versionsIn(sql) ?? { needed: 0, done: 0 };
  if (needed >= steps.length) return;
  writeMeta(sql, "schema", steps.length);
  if (done <= steps.length) forgetMeta(sql, "schema_done");
}

/** A value of the object's `meta` table, or null. */
export function readMeta<T extends SqlStorageValue>(sql: SqlStorage, key: string): T | null {
  const row = sql.exec<{ value: T }>("SELECT value FROM meta WHERE key = ?", key).toArray()[0];
  return row ? row.value : null;
}

/** Sets a value of the `meta` table. */
export function writeMeta(sql: SqlStorage, key: string, value: SqlStorageValue): void {
  sql.exec(
    "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    key,
    value,
  );
}

/** Removes a value of the `meta` table, if it is there. */
export function forgetMeta(sql: SqlStorage, key: string): void {
  sql.exec("DELETE FROM meta WHERE key = ?", key);
}

/** What the `meta` table holds in a shape, or null. */
export function readStored<Value>(sql: SqlStorage, key: string, shape: Shape<Value>): Value | null {
  const text = readMeta<StoredText<Value>>(sql, key);
  return text === null ? null : shape.read(text);
}

/** Sets what the `meta` table holds in a shape. */
export function writeStored<Value>(sql: SqlStorage, key: string, shape: Shape<Value>, value: Value): void {
  writeMeta(sql, key, shape.write(value));
}
