import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { sync } from "./durable-files.ts";
import { systemErrorCode } from "./start-error.ts";

/** Where Miniflare keeps the metadata of all buckets, a database for each, and beside those one of its own. */
const METADATA_FOLDER = "miniflare-R2BucketObject";
const NOT_A_BUCKET = "metadata.sqlite";

/**
 * Miniflare's R2 on disk. It renames an object's file into place without any fsync: until there was one, a power cut
 * takes back what `put` has confirmed.
 */
export class ArchiveDisk {
  readonly #root: string;
  readonly #blobs: string;
  readonly #sync: (path: string) => Promise<void>;

  /** @param sync makes a file or folder last; by default an fsync */
  constructor(statePath: string, bucket: string, syncPath: (path: string) => Promise<void> = sync) {
    this.#root = join(statePath, "r2");
    this.#blobs = join(this.#root, bucket, "blobs");
    this.#sync = syncPath;
  }

  /**
   * Makes an object last: its file, the metadata that names it, and the folders of both. Throws if it is not there as
   * expected: an object that cannot be found must not count as kept.
   */
  async keep(key: string): Promise<void> {
    const { database, blob } = this.#find(key);
    await this.#sync(join(this.#blobs, blob));
    for (let folder = this.#blobs; folder !== dirname(this.#root); folder = dirname(folder))
      await this.#sync(folder);
    // First the log of changes: if it is gone, they have moved to the database, which is synced next.
    await this.#sync(`${database}-wal`).catch(ignoreMissing);
    await this.#sync(database);
    await this.#sync(dirname(database));
  }

  #find(key: string): { database: string; blob: string } {
    const folder = join(this.#root, METADATA_FOLDER);
    const names = readdirSync(folder).filter((name) => name.endsWith(".sqlite") && name !== NOT_A_BUCKET);
    for (const name of names) {
      const database = join(folder, name);
      const blob = blobOf(database, key);
      if (blob !== null) return { database, blob };
    }
    throw new Error(`no bucket under ${folder} has ${key}`);
  }
}

function blobOf(file: string, key: string): string | null {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 1000 });
  try {
    const row = database.prepare("SELECT blob_id FROM _mf_objects WHERE key = ?").get(key);
    return typeof row?.blob_id === "string" ? row.blob_id : null;
  } finally {
    database.close();
  }
}

function ignoreMissing(error: unknown): void {
  if (systemErrorCode(error) !== "ENOENT") throw error;
}
