import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openMiniflare } from "./runtime.ts";
import type { RuntimeGuard } from "./runtime-process.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

/** wrangler's own bookkeeping, so that its `d1 migrations` commands agree with this. */
const BOOKKEEPING = `CREATE TABLE IF NOT EXISTS d1_migrations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT UNIQUE,
  applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`;

/**
 * Applies the migrations that the database under `statePath` lacks, each with its bookkeeping row in one
 * transaction. They run in a workerd of their own, before the Worker starts: with old tables it would already
 * answer requests. A note of the last one applied saves that start; the truth is the table.
 */
export async function migrate(
  root: string,
  wrangler: WranglerConfig,
  statePath: string,
  guard: RuntimeGuard | null = null,
): Promise<void> {
  const folder = join(root, "migrations");
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .sort();
  const noteFile = join(statePath, "last-migration");
  const last = files.at(-1) ?? "";
  if (existsSync(noteFile) && readFileSync(noteFile, "utf8") === last) return;
  for (const { name } of wrangler.databases) await migrateDatabase(name, folder, files, statePath, guard);
  writeFileSync(noteFile, last);
}

async function migrateDatabase(
  name: string,
  folder: string,
  files: string[],
  statePath: string,
  guard: RuntimeGuard | null,
): Promise<void> {
  const config = {
    name: "migrate",
    compatibilityDate: "2026-10-01",
    manifest: {
      mainModule: "empty.js",
      modules: { "empty.js": { type: "esm" as const, contents: "export default {};" } },
    },
    env: { DB: { type: "d1" as const, id: name } },
  };
  const miniflare = openMiniflare(statePath, { workers: [{ config }] }, guard);
  try {
    const database = await miniflare.getD1Database("DB");
    await database.prepare(BOOKKEEPING).run();
    const { results } = await database.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
    const applied = new Set(results.map((row) => row.name));
    for (const file of files.filter((file) => !applied.has(file))) {
      await database.batch([
        database.prepare(readFileSync(join(folder, file), "utf8")),
        database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(file),
      ]);
    }
  } finally {
    await miniflare.dispose();
  }
}
