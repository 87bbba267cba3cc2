import type { SchemaStep } from "../storage/schema.ts";

/** The Hub object's tables. Steps are only ever appended. */
export const HUB_SCHEMA: readonly SchemaStep[] = [
  [
    // What was told lately, for those who come back; pruned by number.
    "CREATE TABLE frames (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, reports TEXT NOT NULL)",
    // Tickets that were used, until they would have expired.
    "CREATE TABLE used_tickets (nonce TEXT PRIMARY KEY, until INTEGER NOT NULL) WITHOUT ROWID",
  ],
];
