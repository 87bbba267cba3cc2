import { type AnyColumn, type SQL, sql } from "drizzle-orm";

/** Whether a column is one of these values: one bound parameter whatever their number, of the 100 that D1 allows. */
export function isAmong(column: AnyColumn, values: readonly string[]): SQL {
  return sql`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}
