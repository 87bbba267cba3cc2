/** The versions that were released, the oldest first, each with the newest of D1's migrations that it had: nothing else lists them. */
export const RELEASES = [
  { version: "0.1.0", lastMigration: "0003_event_types.sql" },
  { version: "0.2.0", lastMigration: "0010_inboxes.sql" },
] as const;

export type ReleasedVersion = (typeof RELEASES)[number]["version"];

/** How many keep their bundle: a deploy meets the last version, and who skipped one upgrades from the one before. */
const BUNDLES_KEPT = 2;

/** The versions whose code is here, the newest last. */
export const BUNDLED: readonly (typeof RELEASES)[number][] = RELEASES.slice(-BUNDLES_KEPT);
