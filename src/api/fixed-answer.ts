import { createHash } from "node:crypto";

/**
 * An answer that is the same for everybody until the next deploy: written at its first use, once per isolate, and
 * sent as 304 to who has it already.
 */
export class FixedAnswer {
  readonly #write: () => string;
  readonly #headers: Record<string, string>;
  #written: { bytes: Uint8Array; tag: string } | null = null;

  /**
   * @param write the body
   * @param headers those of the answer; Content-Type among them
   */
  constructor(write: () => string, headers: Record<string, string>) {
    this.#write = write;
    this.#headers = headers;
  }

  to(request: Request): Response {
    this.#written ??= tagged(this.#write());
    const { bytes, tag } = this.#written;
    // To be asked again each time, because a deploy changes it.
    const headers = { ETag: tag, "Cache-Control": "no-cache" };
    return isKnown(request.headers.get("If-None-Match"), tag)
      ? new Response(null, { status: 304, headers })
      : new Response(bytes, { headers: { ...this.#headers, ...headers } });
  }
}

function tagged(text: string): { bytes: Uint8Array; tag: string } {
  const bytes = new TextEncoder().encode(text);
  return { bytes, tag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"` };
}

/** Whether a client has this version. A proxy that compresses makes a tag weak, which compares all the same (RFC 9110, 13.1.2). */
function isKnown(ifNoneMatch: string | null, tag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((one) => one.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(tag);
}
