/** One step of an object's schema: SQL statements that take it from the version before to this one. */
export type SchemaStep = readonly string[];

/**
 * Brings an object's tables up to the newest step. Objects live for years and meet every version of the code:
 * steps are only ever appended. Runs in the constructor, so that no request sees an older schema.
 */
export function migrate(storage: DurableObjectStorage, steps: readonly SchemaStep[]): void {
  const { sql } = storage;
  sql.exec("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID");
  const done = readMeta<number>(sql, "schema") ?? 0;
  if (done > steps.length) throw new Error(`schema ${done} is newer than this code's ${steps.length}`);
  if (done === steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(done)) for (const statement of step) sql.exec(statement);
    writeMeta(sql, "schema", steps.length);
  });
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
