import type { RawBody } from "../verify/body.ts";

/** What this needs of a Node request, with what body parsers and hosts may have put there. */
export interface NodeRequest extends AsyncIterable<Uint8Array> {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly url?: string;
  /** Express keeps here what routers cut off `url`. */
  readonly originalUrl?: string;
  readonly readableEnded?: boolean;
  readonly body?: unknown;
  readonly rawBody?: unknown;
}

/** Above the service's limit for an event, 1 MiB, with its envelope. */
const MOST_BYTES = 2 * 1024 * 1024;

/**
 * The raw body of a Node request: what a raw parser or the host kept, otherwise what is still to be read. Where a JSON
 * parser was faster it is what that left, which `verify` refuses with a hint. Throws RangeError above 2 MiB.
 */
export async function rawBodyOfNode(request: NodeRequest): Promise<RawBody> {
  const kept = request.rawBody ?? request.body;
  if (kept !== undefined || request.readableEnded) return kept as RawBody;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new RangeError(`The body has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
