import {
  accessSync,
  closeSync,
  constants,
  openSync,
  readdirSync,
  readSync,
  statfsSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError, systemErrorCode } from "./start-error.ts";

/** How every SQLite database begins; an empty file is one, too. */
const MAGIC = "SQLite format 3\0";

/** D1 is looked through before each start, unless it is so large that it would take long. */
const LOOKED_THROUGH_BYTES = 32 * 1024 * 1024;

/** Without so much even reading fails: SQLite shares memory by files beside its databases. */
const NEEDED_BYTES = 1024 * 1024;

/** What R2 keeps of objects: many files, which are read when they are needed. */
const NOT_WALKED = new Set(["blobs", "scratch"]);

/**
 * Throws a StartError where the disk is full: SQLite would say of whole databases that they cannot be read.
 * @param freeBytes what is free for this user on the disk of `path`
 */
export function checkRoom(path: string, freeBytes = freeBytesAt(path)): void {
  if (freeBytes < NEEDED_BYTES)
    throw new StartError(`There is no room left on the disk of ${path}: make room, then start again.`);
}

function freeBytesAt(path: string): number {
  const { bavail, blocks, bsize } = statfsSync(path);
  // Some file systems tell nothing.
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
}

/**
 * Throws a StartError that names the first folder or file of the state that cannot be used: workerd would fail at it
 * later, and say little. It reads the beginning of each database, and all of D1, without which nothing works.
 */
export function checkState(statePath: string): void {
  for (const entry of listed(statePath)) {
    const path = join(statePath, entry.name);
    if (entry.isDirectory() && !NOT_WALKED.has(entry.name)) checkState(path);
    if (entry.isFile() && entry.name.endsWith(".sqlite")) checkDatabase(path);
  }
}

function listed(folder: string) {
  ensureUsable(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  return readdirSync(folder, { withFileTypes: true });
}

function checkDatabase(file: string): void {
  ensureUsable(file, constants.R_OK | constants.W_OK);
  const beginning = Buffer.alloc(MAGIC.length);
  const opened = openSync(file, "r");
  const length = readSync(opened, beginning);
  closeSync(opened);
  if (length > 0 && beginning.toString("latin1") !== MAGIC) throw damaged(file, "it is no SQLite database");
  if (basename(dirname(file)).endsWith("D1DatabaseObject") && statSync(file).size <= LOOKED_THROUGH_BYTES)
    lookThrough(file);
}

function lookThrough(file: string): void {
  let found: unknown;
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      found = database.prepare("PRAGMA quick_check(1)").get()?.quick_check;
    } finally {
      database.close();
    }
  } catch (error) {
    found = error instanceof Error ? error.message : error;
  }
  if (found !== "ok") throw damaged(file, String(found).split("\n").join(" "));
}

function ensureUsable(path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    throw new StartError(`${path} cannot be read and written (${systemErrorCode(error)}): make it so.`);
  }
}

function damaged(file: string, why: string): StartError {
  return new StartError(`${file} is damaged (${why}): put it back from a backup.`);
}
