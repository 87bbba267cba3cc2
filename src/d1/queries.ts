import { type AnyColumn, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

/** Whether a column is one of these values: one bound parameter whatever their number, of the 100 that D1 allows. */
export function isAmong(column: AnyColumn, values: readonly string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** A row as the SELECT of an INSERT: it is inserted only where the condition holds. */
export function rowIf<Table extends SQLiteTable>(
  table: Table,
  row: Table["$inferSelect"],
  condition: SQL,
): SQL {
  const values = Object.entries(getTableColumns(table)).map(([name, column]) =>
    sql.param(Reflect.get(row, name), column),
  );
  return sql`SELECT ${sql.join(values, sql`, `)} WHERE ${condition}`;
}
