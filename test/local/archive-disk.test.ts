import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ArchiveDisk } from "../../src/local/archive-disk.ts";

let state: string;
let synced: string[];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "atlas-archive-disk-"));
  synced = [];
});

afterEach(() => rmSync(state, { recursive: true, force: true }));

const disk = () =>
  new ArchiveDisk(state, "archive", async (path) => {
    synced.push(path.slice(state.length));
  });

/** A bucket as Miniflare writes it; still open, as by a running workerd. */
function bucketWith(key: string, blob: string): DatabaseSync {
  mkdirSync(join(state, "r2/miniflare-R2BucketObject"), { recursive: true });
  mkdirSync(join(state, "r2/archive/blobs"), { recursive: true });
  writeFileSync(join(state, "r2/archive/blobs", blob), "segment");
  const database = new DatabaseSync(join(state, "r2/miniflare-R2BucketObject/abc.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; CREATE TABLE _mf_objects (key TEXT PRIMARY KEY, blob_id TEXT)");
  database.prepare("INSERT INTO _mf_objects VALUES (?, ?)").run(key, blob);
  return database;
}

it("syncs an object's file, then the folders that name it, then the metadata, while workerd has it open", async () => {
  const database = bucketWith("ws_1/1-2", "blob1");
  await disk().keep("ws_1/1-2");
  database.close();
  expect(synced).toEqual([
    "/r2/archive/blobs/blob1",
    "/r2/archive/blobs",
    "/r2/archive",
    "/r2",
    "/r2/miniflare-R2BucketObject/abc.sqlite-wal",
    "/r2/miniflare-R2BucketObject/abc.sqlite",
    "/r2/miniflare-R2BucketObject",
  ]);
});

it("does not call an object kept that no metadata names, or whose file is gone", async () => {
  bucketWith("ws_1/1-2", "blob1").close();
  await expect(disk().keep("ws_1/3-4")).rejects.toThrow("ws_1/3-4");
  expect(synced).toEqual([]);
  rmSync(join(state, "r2/archive/blobs/blob1"));
  await expect(new ArchiveDisk(state, "archive").keep("ws_1/1-2")).rejects.toThrow("ENOENT");
});

it("syncs for real where everything is there", async () => {
  bucketWith("ws_1/1-2", "blob1").close();
  await expect(new ArchiveDisk(state, "archive").keep("ws_1/1-2")).resolves.toBeUndefined();
});
