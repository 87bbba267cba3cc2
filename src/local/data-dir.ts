import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { checkRoom } from "./check-state.ts";
import { readKept, syncFolder, writeDurably } from "./durable-files.ts";
import { checkedEncryptionKey, type Settings } from "./settings.ts";
import { StartError, systemErrorCode } from "./start-error.ts";
import { UsedKeys } from "./used-keys.ts";

/** The data directory, held by this process alone until `release`. */
export interface DataDir {
  path: string;
  /** What Miniflare keeps: D1, R2 and the objects. */
  statePath: string;
  adminToken: string;
  encryptionKey: string;
  /** May be called again. */
  release(): void;
}

/**
 * Makes the data directory if need be, takes its lock, and reads the secrets kept in it (making them the first
 * time). Throws a StartError if another process holds it or it cannot be written.
 */
export function openDataDir(settings: Settings): DataDir {
  const path = settings.dataDir;
  try {
    const statePath = join(path, "state");
    makeDirectory(statePath);
    checkRoom(path);
    const release = takeLock(path);
    try {
      return { path, statePath, ...keptSecrets(path, settings), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw cannotUse(path, error);
  }
}

/** What to say of a data directory that the system refuses, naming the file at fault where it is not the whole. */
export function cannotUse(path: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  // What failed on the network is nobody's file.
  if (code === null || code.startsWith("ECONN")) return error;
  const file = error instanceof Error && "path" in error ? String(error.path) : path;
  const whole = file === path || !file.startsWith(path);
  return new StartError(
    whole
      ? `DATA_DIR ${path} cannot be written (${code}): make it writable, or set another.`
      : `${file} cannot be read and written (${code}): make it so, or set another DATA_DIR.`,
  );
}

/** Not `mkdir` with `recursive`: Node's never returns where a file system refuses with ENOENT (/proc). */
function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
  syncFolder(dirname(path));
}

/**
 * An exclusive transaction on a database of its own: the system lets go of it when the process ends, however it
 * ends, and unlike a process id it means nothing to the next boot or another container.
 */
function takeLock(path: string): () => void {
  const file = join(path, "lock.sqlite");
  let lock: DatabaseSync | null = null;
  try {
    lock = new DatabaseSync(file, { timeout: 0 });
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (lock?.isOpen) lock.close();
    const code = error instanceof Error && "errcode" in error ? error.errcode : null;
    if (code === SQLITE_BUSY) {
      throw new StartError(`DATA_DIR ${path} is in use by another Atlas Webhooks process.`);
    }
    const why = error instanceof Error ? error.message : String(error);
    const isDamaged = code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
    throw new StartError(
      isDamaged
        ? `${file} is damaged (${why}): delete it, it holds nothing.`
        : `${file} cannot be written (${why}): make DATA_DIR writable, or set another.`,
    );
  }
  const held = lock;
  return () => {
    if (held.isOpen) held.close();
  };
}

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

function keptSecrets(path: string, settings: Settings): { adminToken: string; encryptionKey: string } {
  const keyFile = join(path, "encryption-key");
  const used = new UsedKeys(join(path, "encryption-keys-used"));
  if (settings.encryptionKey === null && !existsSync(keyFile)) used.checkNone(keyFile);
  const encryptionKey =
    settings.encryptionKey ?? keptSecret(keyFile, () => randomBytes(32).toString("base64"));
  checkedEncryptionKey(encryptionKey, keyFile);
  used.check(encryptionKey);
  const adminToken =
    settings.adminToken ?? keptSecret(join(path, "admin-token"), () => randomBytes(32).toString("base64url"));
  return { adminToken, encryptionKey };
}

/** The secret in a file; made, readable by its owner only and safely on disk before its first use, if there is none. */
function keptSecret(file: string, make: () => string): string {
  if (existsSync(file)) {
    const kept = readKept(file).trim();
    if (kept === "") throw new StartError(`${file} is empty: put it back from a backup.`);
    if (!/^[\x21-\x7e]+$/.test(kept)) throw new StartError(`${file} is damaged: put it back from a backup.`);
    return kept;
  }
  const secret = make();
  writeDurably(file, `${secret}\n`);
  return secret;
}
