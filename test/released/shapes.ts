import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Where each stored shape lies: a table's column, or a value of `meta`. */
const COLUMNS: Record<string, string> = {
  policy: "SELECT policy AS value FROM endpoints",
  subscription: "SELECT subscription AS value FROM endpoints",
  health: "SELECT health AS value FROM endpoints",
  metadata: "SELECT metadata AS value FROM endpoints",
  dialectOptions: "SELECT dialect_options AS value FROM endpoints",
  actor: "SELECT actor AS value FROM audit_entries",
  audited: "SELECT after AS value FROM audit_entries",
  catalog: "SELECT catalog AS value FROM workspaces",
  typeSchema: "SELECT schema AS value FROM event_types",
  typeSample: "SELECT sample AS value FROM event_types",
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

/** A segment beyond this says no more than a smaller one. */
const SEGMENT_BYTES = 4096;

/** What a data directory holds in each stored shape, by its name; binary values as base64. */
export function storedShapes(statePath: string): Record<string, string[]> {
  const segments = globSync("r2/**/blobs/*", { cwd: statePath }).map((file) =>
    readFileSync(join(statePath, file)),
  );
  const small = segments
    .filter(({ length }) => length <= SEGMENT_BYTES)
    .map((bytes) => bytes.toString("base64"));
  const shapes: Record<string, string[]> = { segment: small.slice(0, KEPT) };
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
