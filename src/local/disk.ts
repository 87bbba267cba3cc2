import { statfs } from "node:fs/promises";
import { type Request, Response } from "miniflare";
import type { ArchiveDisk } from "./archive-disk.ts";

/** A disk that has no files left to give is full, however many bytes are free. */
const FEW_FILES = 16;

/**
 * The Worker's DISK. `POST /archive/{key}` answers 204 once that object of R2 is on disk for good, otherwise 500.
 * `GET /room` tells what is free under a folder: `{freeBytes, totalBytes}`.
 */
export function diskHandler(folder: string, archive: ArchiveDisk): (request: Request) => Promise<Response> {
  return async (request) => {
    const [, place, key] = new URL(request.url).pathname.split("/");
    try {
      if (request.method === "GET" && place === "room") return Response.json(await roomOf(folder));
      if (request.method !== "POST" || place !== "archive" || key === undefined)
        return new Response(null, { status: 404 });
      await archive.keep(decodeURIComponent(key));
      return new Response(null, { status: 204 });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  };
}

async function roomOf(folder: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(folder);
  // Some file systems count no files.
  const hasFiles = files === 0 || ffree >= FEW_FILES;
  return { freeBytes: hasFiles ? bavail * bsize : 0, totalBytes: blocks * bsize };
}
