import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { ChangedWorker, withScript } from "../e2e/changed-worker.ts";
import { clockAhead } from "./clock.ts";
import { callerOf, type Json, newIn02, type Place, whatPasses, withReceiver, work } from "./deeds.ts";
import { KEPT, rareShapes, storedShapes } from "./shapes.ts";
import { RELEASES } from "./versions.ts";

/*
 * Makes what a released version leaves on disk: `node test/released/make.ts <version>`. Its clock
 * is twenty years ahead in the data directory, so that none of its alarms rings and a test can set the clock to when it was
 * left; the stored shapes come from others with the present time, since only there events move to the archive.
 */

const ROOT = join(import.meta.dirname, "../..");
const YEARS_AHEAD_MS = 20 * 365 * 24 * 3600 * 1000;
/** Some of it is stored for a moment only. */
const LOOK_MS = 300;

const release = RELEASES.find(({ version }) => version === process.argv[2]);
if (release === undefined)
  throw new Error(`Name a version of versions.ts: ${RELEASES.map(({ version }) => version).join(", ")}`);
const { version, lastMigration } = release;

const ahead = await dataDirOf(YEARS_AHEAD_MS, work);
const files = globSync("**/*", { cwd: ahead.path })
  .filter((file) =>
    /^state\/(?!tmp).*\.(sqlite|blob)|^state\/.*\/blobs\/|^(encryption-key|admin-token)/.test(file),
  )
  .map((file) => [file, readFileSync(join(ahead.path, file)).toString("base64")]);
const kept = { ...ahead.known, leftAt: Date.now() + YEARS_AHEAD_MS, files: Object.fromEntries(files) };
const { length } = writeCompressed(`${version}.data.json.gz`, JSON.stringify(kept));

const deeds = version === "0.1.0" ? [work, whatPasses] : [work, whatPasses, newIn02];
const left = await Promise.all(deeds.map((deed) => dataDirOf(0, deed)));
const shapes = together([
  ...left.map(({ path }) => storedShapes(join(path, "state"))),
  ...left.flatMap(({ seen }) => seen),
  ...(version === "0.1.0" ? [] : [rareShapes()]),
]);
writeFileSync(join(import.meta.dirname, `${version}.shapes.json`), `${JSON.stringify(shapes, null, 1)}\n`);
for (const { path } of [ahead, ...left]) rmSync(path, { recursive: true });
console.log(`A data directory of ${length} bytes, and ${Object.keys(shapes).length} shapes.`);

function writeCompressed(name: string, text: string): Buffer {
  const bytes = gzipSync(text, { level: 9 });
  writeFileSync(join(import.meta.dirname, name), bytes);
  return bytes;
}

/** A data directory that the released version has worked in, and what a test must know to use it. */
async function dataDirOf(
  aheadMs: number,
  deed: (place: Place) => Promise<Json>,
): Promise<{ path: string; known: Json; seen: Record<string, string[]>[] }> {
  const path = mkdtempSync(join(tmpdir(), "atlas-released-"));
  const bundle = gunzipSync(readFileSync(join(import.meta.dirname, `${version}.js.gz`))).toString();
  const started = await ChangedWorker.start(
    path,
    (config, worker) => {
      const ahead = withScript(worker, clockAhead(aheadMs) + bundle);
      return { ...config, services: config.services.map((one) => (one === worker ? ahead : one)) };
    },
    { root: releasedMigrations(), environment: aheadMs ? {} : { ARCHIVE_AFTER_SECONDS: "1" } },
  );
  const { url, dataDir } = started;
  const seen: Record<string, string[]>[] = [];
  const look = setInterval(() => seen.push(storedShapes(join(path, "state"))), LOOK_MS);
  const known = await withReceiver((to) =>
    deed({ call: callerOf(url), url, adminToken: dataDir.adminToken, to }),
  );
  clearInterval(look);
  await started.stop();
  return { path, known, seen };
}

/** The migrations that the version had. */
function releasedMigrations(): string {
  const root = mkdtempSync(join(tmpdir(), "atlas-migrations-"));
  mkdirSync(join(root, "migrations"));
  for (const file of globSync("*.sql", { cwd: join(ROOT, "migrations") })) {
    if (file <= lastMigration) cpSync(join(ROOT, "migrations", file), join(root, "migrations", file));
  }
  return root;
}

/** The shapes of several data directories, those of the first one first. */
function together(all: Record<string, string[]>[]): Record<string, string[]> {
  const names = all.flatMap((shapes) => Object.keys(shapes));
  return Object.fromEntries(
    names.map((name) => [name, [...new Set(all.flatMap((shapes) => shapes[name] ?? []))].slice(0, KEPT)]),
  );
}
