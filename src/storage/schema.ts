import type { Shape, StoredText } from "../domain/stored.ts";

/**
 * One step of an object's schema: SQL statements that take it from the version before to this one. For half a minute
 * after a deploy, and after a rollback, older code meets newer tables: a step that only adds what older code need not
 * know says `olderCodeMayRead`, and that code goes on; otherwise it refuses the object until it is itself replaced.
 */
export type SchemaStep = readonly string[] | { statements: readonly string[]; olderCodeMayRead: true };

/** What an object says that was opened by code older than its tables; `failure.ts` knows it by these words. */
export const NEWER_TABLES = /schema \d+ is newer than this code's \d+/;

/**
 * Brings an object's tables up to the newest step. Objects live for years and meet every version of the code:
 * steps are only ever appended. Runs in the constructor, so that no request sees an older schema.
 * `schema` in `meta` is the step that code must know to open the tables, `schema_done` the last one that was made.
 */
export function migrate(storage: DurableObjectStorage, steps: readonly SchemaStep[]): void {
  const { sql } = storage;
  sql.exec("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
  const needed = readMeta<number>(sql, "schema") ?? 0;
  const done = readMeta<number>(sql, "schema_done") ?? needed;
  if (needed > steps.length) throw new Error(`schema ${needed} is newer than this code's ${steps.length}`);
  if (done >= steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(done)) for (const statement of statementsOf(step)) sql.exec(statement);
    const lastBreaking = steps.findLastIndex((step, index) => index >= done && !mayBeRead(step)) + 1;
    writeMeta(sql, "schema", Math.max(needed, lastBreaking));
    // Two rows only where they differ: most objects have one.
    if (Math.max(needed, lastBreaking) < steps.length) writeMeta(sql, "schema_done", steps.length);
    else forgetMeta(sql, "schema_done");
  });
}

function statementsOf(step: SchemaStep): readonly string[] {
  return "statements" in step ? step.statements : step;
}

function mayBeRead(step: SchemaStep): boolean {
  return "statements" in step;
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
