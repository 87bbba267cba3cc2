import { statfs } from "node:fs/promises";
import type { ArchiveDisk } from "./archive-disk.ts";
import type { Handler } from "./beside-worker.ts";

/** A disk that has no files left to give is full, however many bytes are free. */
const FEW_FILES = 16;

/**
 * The Worker's DISK. `POST /archive/{key}` answers 204 once that object of R2 is on disk for good, otherwise 500.
 * `GET /room` tells what is free under a folder: `{freeBytes, totalBytes}`.
 */
export function diskHandler(folder: string, archive: ArchiveDisk): Handler {
  return async ({ method, url = "" }, response) => {
    const [, place, key] = url.split("/");
    if (method === "GET" && place === "room") {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(JSON.stringify(await roomOf(folder)));
      return;
    }
    if (method !== "POST" || place !== "archive" || key === undefined) {
      response.writeHead(404).end();
      return;
    }
    await archive.keep(decodeURIComponent(key));
    response.writeHead(204).end();
  };
}

async function roomOf(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(folder);
  // Some file systems count no files.
  const hasFiles = files === 0 || ffree >= FEW_FILES;
  return { freeBytes: hasFiles ? bavail * bsize : 0, totalBytes: blocks * bsize };
}
