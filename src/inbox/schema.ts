import type { SchemaStep } from "../storage/schema.ts";

/** The Inbox object's tables. Steps are only ever appended. */
export const INBOX_SCHEMA: readonly SchemaStep[] = [
  [
    `CREATE TABLE requests (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      at INTEGER NOT NULL,
      method TEXT NOT NULL,
      path TEXT NOT NULL,
      headers TEXT NOT NULL,
      truncated INTEGER NOT NULL,
      signature TEXT NOT NULL,
      body BLOB NOT NULL
    )`,
  ],
];
