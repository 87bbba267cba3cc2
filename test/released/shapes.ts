import { globSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Where each stored shape lies: a table's column, or a value of `meta`. */
const COLUMNS: Record<string, string> = {
  policy: "SELECT policy AS value FROM endpoints",
  subscription: "SELECT subscription AS value FROM endpoints",
  health: "SELECT health AS value FROM endpoints",
  logSubscription: "SELECT entry AS value FROM subscriptions",
  selection: "SELECT selection AS value FROM replay_jobs",
  cursor: "SELECT cursor AS value FROM replay_jobs",
  plan: "SELECT plan AS value FROM replay_jobs",
  directory: "SELECT directory AS value FROM segments",
  chunk: "SELECT body AS value FROM chunks",
  eventMeta: "SELECT meta AS value FROM deliveries",
  lastAttempt: "SELECT last_attempt AS value FROM deliveries",
  attempts: "SELECT attempts AS value FROM deliveries",
  hour: "SELECT slots AS value FROM stats",
  config: "SELECT value FROM meta WHERE key = 'config'",
  failing: "SELECT value FROM meta WHERE key = 'failing'",
  outbox: "SELECT value FROM meta WHERE key = 'operational'",
  sweeps: "SELECT value FROM meta WHERE key = 'sweeps'",
  seed: "SELECT value FROM meta WHERE key = 'seed'",
  replayStep: "SELECT value FROM meta WHERE key LIKE 'replay %'",
};

/** Values kept of each: those of several endpoints differ. */
const KEPT = 6;

/** What a data directory holds in each stored shape, by its name; binary values as base64. */
export function storedShapes(statePath: string): Record<string, string[]> {
  const shapes: Record<string, string[]> = {};
  for (const file of globSync("**/*.sqlite", { cwd: statePath })) {
    const database = new DatabaseSync(join(statePath, file));
    for (const [name, query] of Object.entries(COLUMNS)) {
      let rows: Record<string, unknown>[] = [];
      try {
        rows = database.prepare(query).all();
      } catch {
        continue; // Another database's.
      }
      const values = rows.flatMap(({ value }) =>
        value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value ? String(value) : [],
      );
      shapes[name] = [...new Set([...(shapes[name] ?? []), ...values])].slice(0, KEPT);
    }
    database.close();
  }
  return shapes;
}
