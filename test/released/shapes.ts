import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { statusChangeShape } from "../../src/delivery/configuration/status-change-shape.ts";
import { secretsShape } from "../../src/domain/endpoint-shapes.ts";
import { eventCountsShape } from "../../src/log/store/event-counts.ts";
import { unreadPieceShape } from "../../src/log/store/unread.ts";

/** Where each stored shape lies: a table's column, or a value of `meta`. */
const COLUMNS: Record<string, string> = {
  policy: "SELECT policy AS value FROM endpoints",
  subscription: "SELECT subscription AS value FROM endpoints",
  health: "SELECT health AS value FROM endpoints",
  metadata: "SELECT metadata AS value FROM endpoints",
  dialectOptions: "SELECT dialect_options AS value FROM endpoints",
  counts: "SELECT counts AS value FROM endpoints",
  portal: "SELECT portal AS value FROM workspaces",
  scope: "SELECT scope AS value FROM api_keys",
  inboxScope: "SELECT scope AS value FROM inboxes",
  inboxAnswers: "SELECT answers AS value FROM inboxes",
  inboxHeaders: "SELECT headers AS value FROM requests",
  inboxSignature: "SELECT signature AS value FROM requests",
  actor: "SELECT actor AS value FROM audit_entries",
  audited: "SELECT after AS value FROM audit_entries",
  catalog: "SELECT catalog AS value FROM workspaces",
  typeSchema: "SELECT schema AS value FROM event_types",
  typeSample: "SELECT sample AS value FROM event_types",
  logSubscription: "SELECT entry AS value FROM subscriptions",
  subscriptionVersion: "SELECT entry AS value FROM subscription_versions",
  numbers: "SELECT numbers AS value FROM replay_batches",
  found: "SELECT found AS value FROM replay_batches UNION SELECT found FROM replay_jobs",
  selection: "SELECT selection AS value FROM replay_jobs",
  cursor: "SELECT cursor AS value FROM replay_jobs",
  plan: "SELECT plan AS value FROM replay_jobs",
  directory: "SELECT directory AS value FROM segments",
  chunk: "SELECT body AS value FROM chunks",
  eventMeta: "SELECT meta AS value FROM deliveries",
  lastAttempt: "SELECT last_attempt AS value FROM deliveries",
  attempts: "SELECT attempts AS value FROM deliveries",
  hour: "SELECT slots AS value FROM stats",
  totals: "SELECT totals AS value FROM stats",
  leased: "SELECT deliveries AS value FROM leases",
  tailReports: "SELECT reports AS value FROM frames",
  watch: "SELECT value FROM meta WHERE key = 'watch'",
  told: "SELECT value FROM meta WHERE key = 'told_d1'",
  endedSweeps: "SELECT value FROM meta WHERE key = 'ended_sweeps'",
  config: "SELECT value FROM meta WHERE key = 'config'",
  failing: "SELECT value FROM meta WHERE key = 'failing'",
  outbox: "SELECT value FROM meta WHERE key = 'operational'",
  sweeps: "SELECT value FROM meta WHERE key = 'sweeps'",
  seed: "SELECT value FROM meta WHERE key = 'seed'",
  replayStep: "SELECT value FROM meta WHERE key LIKE 'replay %'",
};

/** Values kept of each: those of several endpoints differ. */
export const KEPT = 6;

/** What is larger than this says no more than what is smaller. */
const MOST_BYTES = 4096;

/** What a data directory holds in each stored shape, by its name; binary values as base64. */
export function storedShapes(statePath: string): Record<string, string[]> {
  const segments = globSync("r2/**/blobs/*", { cwd: statePath }).map((file) =>
    readFileSync(join(statePath, file)),
  );
  const small = segments
    .filter(({ length }) => length <= MOST_BYTES)
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
      const values = rows.flatMap(({ value }) => {
        if (value instanceof Uint8Array)
          return value.length > MOST_BYTES ? [] : Buffer.from(value).toString("base64");
        return value ? String(value) : [];
      });
      shapes[name] = [...new Set([...(shapes[name] ?? []), ...values])].slice(0, KEPT);
    }
    database.close();
  }
  return shapes;
}

/**
 * What is stored too seldom or for too short a time to be found on a disk, or sealed there, as the code that is here writes it: at a
 * release that is the released one's.
 */
export function rareShapes(): Record<string, string[]> {
  return {
    // Stored where a receiver was gone (410), until D1 has it.
    statusChange: [statusChangeShape.write({ version: 3, status: "disabled", reason: "gone" })],
    // Sealed on disk.
    secrets: [
      secretsShape.write({
        secrets: [
          { secret: "whsec_bmV3", expiresAt: null },
          { secret: "whsec_b2xk", expiresAt: 1764460800000, signsUntil: 1764457200000 },
        ],
        headers: { "X-Own": "kept" },
        auth: { type: "basic", username: "anna", password: "secret" },
      }),
    ],
    // Stored where all events of a log are older than 30 days.
    eventCounts: [eventCountsShape.write({ accepted: 12, missed: 3 })],
    // Stored where an endpoint that cannot be reached lacks events as they leave for R2; compressed on disk.
    unreadPiece: [
      unreadPieceShape.write({
        sets: [[1, 2], [2]],
        events: [
          [1024, "evt_026M17MVVB000RYW4MVJCBHJWT", "deal.created", 1764460800, 0],
          [2048, "evt_026M17MVXH00FRMGZ691JN4X9Y", "deal.updated", 1764460801, 1],
        ],
      }),
    ],
  };
}
