import { createHash, createHmac } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { syncFolders } from "./durable-files.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

/** wrangler's own bookkeeping, so that its `d1 migrations` commands agree with this. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/** D1 on local disk is an object of this class, and its database lies where workerd keeps an object's. */
const D1_CLASS = "miniflare-D1DatabaseObject";

/**
 * Applies the migrations that the database under `statePath` lacks, each with its bookkeeping row in one transaction,
 * before workerd starts: with old tables the Worker would already answer requests. A note of the last one applied saves
 * the look; the truth is the table. No workerd may use the state meanwhile.
 */
export function migrate(root: string, wrangler: WranglerConfig, statePath: string): void {
  const folder = join(root, "migrations");
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  const noteFile = join(statePath, "last-migration");
  const last = files.at(-1) ?? "";
  if (existsSync(noteFile) && readFileSync(noteFile, "utf8") === last) return;
  for (const { name } of wrangler.databases) migrateDatabase(d1File(statePath, name), folder, files);
  writeFileSync(noteFile, last);
}

function migrateDatabase(file: string, folder: string, files: string[]): void {
  mkdirSync(join(file, ".."), { recursive: true });
  const database = new DatabaseSync(file);
  try {
    // As workerd opens it.
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(BOOKKEEPING);
    const applied = new Set(
      database
        .prepare("SELECT name FROM d1_migrations")
        .all()
        .map(({ name }) => name),
    );
    const note = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)");
    for (const name of files.filter((one) => !applied.has(one))) {
      database.exec("BEGIN");
      database.exec(readFileSync(join(folder, name), "utf8"));
      note.run(name);
      database.exec("COMMIT");
    }
  } finally {
    // It rolls back what is not committed.
    database.close();
  }
  syncFolders(join(file, "../.."));
}

/** Where D1's database of this name lies: its file is named by the object's id, which workerd derives from the name. */
export function d1File(statePath: string, name: string): string {
  const key = createHash("sha256").update(D1_CLASS).digest();
  const sign = (data: string | Buffer) => createHmac("sha256", key).update(data).digest().subarray(0, 16);
  const half = sign(name);
  const id = Buffer.concat([half, sign(half)]).toString("hex");
  return join(statePath, "d1", D1_CLASS, `${id}.sqlite`);
}
