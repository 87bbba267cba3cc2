import { type Request, Response } from "miniflare";
import type { ArchiveDisk } from "./archive-disk.ts";

/** The Worker's DISK: `POST /archive/{key}` answers 204 once that object of R2 is on disk for good, otherwise 500. */
export function diskHandler(archive: ArchiveDisk): (request: Request) => Promise<Response> {
  return async (request) => {
    const [, place, key] = new URL(request.url).pathname.split("/");
    if (request.method !== "POST" || place !== "archive" || key === undefined)
      return new Response(null, { status: 404 });
    try {
      await archive.keep(decodeURIComponent(key));
      return new Response(null, { status: 204 });
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  };
}
