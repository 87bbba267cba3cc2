import { createHash } from "node:crypto";

interface Written {
  bytes: Uint8Array;
  tag: string;
}

/**
 * An answer that is the same for everybody until the next deploy: read at its first use, once per isolate, from the
 * file that the build made of it, and sent as 304 to who has it already.
 */
export class FixedAnswer {
  /** Its name among the files of `reference/`. */
  readonly file: string;
  /** Its body. */
  readonly write: () => string;
  readonly #headers: Record<string, string>;
  #written: Written | null = null;

  /** @param headers those of the answer; Content-Type among them */
  constructor(file: string, write: () => string, headers: Record<string, string>) {
    this.file = file;
    this.write = write;
    this.#headers = headers;
  }

  /** @param files where the built ones lie; where there are none, it is written here, which takes its time */
  async to(request: Request, files: Fetcher | undefined): Promise<Response> {
    // No promise is kept: requests may not wait for each other's. Of those that come at once the first one writes.
    const built = this.#written ?? (await builtFile(files, this.file));
    this.#written ??= built ?? tagged(this.write());
    const { bytes, tag } = this.#written;
    // To be asked again each time, because a deploy changes it.
    const headers = { ETag: tag, "Cache-Control": "no-cache" };
    return isKnown(request.headers.get("If-None-Match"), tag)
      ? new Response(null, { status: 304, headers })
      : new Response(bytes, { headers: { ...this.#headers, ...headers } });
  }
}

async function builtFile(files: Fetcher | undefined, file: string): Promise<Written | null> {
  const answer = await files?.fetch(`https://assets/reference/${file}`);
  const tag = answer?.headers.get("ETag");
  const bytes = await answer?.bytes();
  return answer?.ok && bytes && tag ? { bytes, tag: tag.replace(/^W\//, "") } : null;
}

function tagged(text: string): Written {
  const bytes = new TextEncoder().encode(text);
  return { bytes, tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
}

/** Whether a client has this version. A proxy that compresses makes a tag weak, which compares all the same (RFC 9110, 13.1.2). */
function isKnown(ifNoneMatch: string | null, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
