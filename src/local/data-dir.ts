import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { syncFolder, writeDurably } from "./durable-files.ts";
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
    const release = takeLock(path);
    try {
      return { path, statePath, ...keptSecrets(path, settings), release };
    } catch (error) {
      release();
      throw error;
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null || error instanceof StartError) throw error;
    throw new StartError(`DATA_DIR ${path} cannot be written (${code}): make it writable, or set another.`);
  }
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
  const lock = new DatabaseSync(join(path, "lock.sqlite"), { timeout: 0 });
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const busy = error instanceof Error && "errcode" in error && error.errcode === SQLITE_BUSY;
    if (busy) throw new StartError(`DATA_DIR ${path} is in use by another Atlas Webhooks process.`);
    throw error;
  }
  return () => {
    if (lock.isOpen) lock.close();
  };
}

const SQLITE_BUSY = 5;

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
  if (existsSync(file)) return readFileSync(file, "utf8").trim();
  const secret = make();
  writeDurably(file, `${secret}\n`);
  return secret;
}
