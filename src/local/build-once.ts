import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StartError, systemErrorCode } from "./start-error.ts";

/** One thing that is built into `dist/` from sources. */
export interface Build {
  /** As its errors call it. */
  name: string;
  /** Who may not write to `dist/` is told to run it. */
  command: string;
  /** Globs of what the built thing follows from. */
  sources: readonly string[];
  /** Within them, what it does not follow from. */
  except?: (file: string) => boolean;
  /** The files or folders that the build makes; the last one is what all others belong to. */
  made: readonly string[];
  /** Beside them, what they were built from. */
  note: string;
  /** Builds into this folder. Throws a StartError. */
  run(root: string, folder: string): Promise<void>;
}

/**
 * Builds into `dist/`, unless what lies there was built from these very sources. It is built in a folder of its own
 * and then put in place, so that two starts in one checkout do not disturb each other. Throws a StartError.
 */
export async function buildOnce(root: string, build: Build): Promise<void> {
  const dist = join(root, "dist");
  const note = join(dist, build.note);
  const isThere = build.made.every((made) => existsSync(join(dist, made)));
  const [contents, times] = isThere && existsSync(note) ? readFileSync(note, "utf8").split("\n") : [];
  const files = sourceFiles(root, build);
  const timesNow = fingerprintOf(files, (file) => timeOf(join(root, file)));
  if (contents !== undefined && times === timesNow) return;
  const contentsNow = fingerprintOf(files, (file) => readFileSync(join(root, file)));
  const noteNow = `${contentsNow}\n${timesNow}`;
  if (contents === contentsNow) {
    // Only touched, or checked out anew. Who may not note that reads them again the next time.
    if (isWritable(note)) writeFileSync(note, noteNow);
    return;
  }
  // Who waits at a terminal, half a minute at the first start, is told why.
  if (process.stderr.isTTY) console.error(`${build.name} is being built, once for these sources …`);
  try {
    mkdirSync(dist, { recursive: true });
    const folder = mkdtempSync(join(dist, "building-"));
    try {
      await build.run(root, folder);
      // The note goes first and comes last: between the two nobody takes what is old for what is new.
      rmSync(note, { force: true });
      for (const made of build.made) putInPlace(join(folder, made), join(dist, made));
      writeFileSync(join(folder, build.note), noteNow);
      renameSync(join(folder, build.note), note);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    throw new StartError(
      `${build.name} cannot be built into ${dist} (${code}): run \`${build.command}\` as its owner.`,
    );
  }
}

/** A folder cannot be renamed onto one that has files; of two starts the second finds the first one's. */
function putInPlace(from: string, to: string): void {
  for (;;) {
    rmSync(to, { recursive: true, force: true });
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      if (systemErrorCode(error) !== "ENOTEMPTY" && systemErrorCode(error) !== "EEXIST") throw error;
    }
  }
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function sourceFiles(root: string, { sources, except }: Build): string[] {
  return globSync([...sources], { cwd: root })
    .filter((file) => !except?.(file))
    .toSorted();
}

function fingerprintOf(files: readonly string[], told: (file: string) => string | Buffer): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file}\0`).update(told(file)).update("\0");
  return hash.digest("hex");
}

/** What changes whenever a file does: to look at it takes a tenth of the time that reading takes. */
function timeOf(path: string): string {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return `${size} ${mtimeNs} ${ctimeNs} ${ino}`;
}

/** Runs a program of `node_modules`; what it prints is shown only if it fails. Throws a StartError. */
export function runTool(
  root: string,
  { name, tool, script }: { name: string; tool: string; script: string },
  given: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const path = join(root, "node_modules", script);
  if (!existsSync(path)) throw new StartError(`${tool} is not installed: run \`npm ci\`.`);
  return runScript(root, name, [path, ...given], env);
}

/**
 * Runs a script in a process of its own; what it prints is shown only if it fails. Throws a StartError.
 * @param name of what it builds
 * @param script its path, and what it is given
 */
export function runScript(
  root: string,
  name: string,
  script: readonly string[],
  env: Record<string, string> = {},
): Promise<void> {
  const child = spawn(process.execPath, script, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.removeListener("exit", end);
      if (code === 0) resolve();
      else reject(new StartError(`${name} cannot be built:\n${printed.trim()}`));
    });
  });
}
