import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemErrorCode } from "./start-error.ts";

/** Within `dist/`: the names of the hashed files of each build that is kept, the newest build first. */
export const BUILDS = "dashboard-builds.json";

/** Within `dist/`, and within the folder that is built: files whose names change with what is in them. */
export const ASSETS = "public/dashboard/assets";

/** So many builds before the newest keep their files: one that went live, and one that was only tried in between. */
const FORMER_BUILDS = 2;

/**
 * Puts the hashed files of the builds before beside those of a new one, and notes which are whose: a page that is open
 * while the service is updated loads the rest of itself by the names that it began with.
 * @param dist where the builds before lie, if there are any
 * @param folder where the new one was built, and will be in the place of `dist`
 */
export function keepFormerAssets(dist: string, folder: string): void {
  const made = readdirSync(join(folder, ASSETS)).toSorted();
  const before = buildsIn(dist).filter((names) => names.join() !== made.join());
  const kept = before.slice(0, FORMER_BUILDS);
  const isKept = new Set(
    kept
      .flat()
      .filter((name) => made.includes(name) || copied(join(dist, ASSETS, name), join(folder, ASSETS, name))),
  );
  const builds = [made, ...kept.map((names) => names.filter((name) => isKept.has(name)))];
  writeFileSync(join(folder, BUILDS), JSON.stringify(builds));
}

/** The assets of the newest build alone. */
export function newestAssets(dist: string): ReadonlySet<string> {
  return new Set(buildsIn(dist)[0]);
}

/** A build that left no list has all that lies there. */
function buildsIn(dist: string): string[][] {
  try {
    return JSON.parse(readFileSync(join(dist, BUILDS), "utf8")) as string[][];
  } catch {
    const assets = join(dist, ASSETS);
    return existsSync(assets) ? [readdirSync(assets).toSorted()] : [];
  }
}

/** False: another start in the same checkout has just taken it away. */
function copied(from: string, to: string): boolean {
  try {
    copyFileSync(from, to);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return false;
    throw error;
  }
}
