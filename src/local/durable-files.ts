import {
  closeSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";

/*
 * What a power cut must not take back. A file's content is on disk after its fsync; that the file is there at all, under
 * this name, is its folder's content and needs the folder's own.
 */

/** Writes a file anew, readable by its owner only: after a crash at any moment it is the old one or the new one, whole. */
export function writeDurably(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  syncFolder(dirname(file));
}

/** A file's text. What it throws names the file, which Node does not always do. */
export function readKept(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw error instanceof Error ? Object.assign(error, { path: file }) : error;
  }
}

/** Makes what was added to a folder last. */
export function syncFolder(path: string): void {
  const folder = openSync(path, "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Makes a folder, and the folders below it, last. */
export function syncFolders(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) syncFolders(join(path, entry.name));
  syncFolder(path);
}

/** Makes a file's or a folder's content last, beside other work. Throws ENOENT where there is none. */
export async function sync(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
