import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib";

/*
 * Content codings of an answer (RFC 9110, 8.4), undone for the record only: what a receiver did wrong with them says
 * nothing about whether it took the event.
 */

/** A body after its coding was undone. */
export interface Decoded {
  bytes: Uint8Array;
  /** Whether there is, or may be, more. */
  truncated: boolean;
}

type Decoder = ReturnType<typeof createGunzip>;

/** Not zstd: an answer may ask its reader for 128 MB. Brotli asks for 16 MB at most, and workerd undoes one at a time. */
const DECODERS: Record<string, (() => Decoder)[]> = {
  gzip: [createGunzip],
  "x-gzip": [createGunzip],
  br: [createBrotliDecompress],
  // By the letter with a zlib header; some servers leave it out.
  deflate: [createInflate, createInflateRaw],
};

/** More codings, one over the other, are nobody's honest answer. */
const MAX_CODINGS = 3;

/**
 * At most `most` bytes and a little more of what the body says, whatever it would become in full; null where its coding
 * is none we know, or the body is not in it.
 * @param codings the value of `Content-Encoding`, in the order in which they were applied
 */
export async function undoCodings(body: Decoded, codings: string, most: number): Promise<Decoded | null> {
  const names = codings
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > MAX_CODINGS) return null;
  let decoded = body;
  for (const name of names.reverse()) {
    if (decoded.bytes.length === 0) return decoded;
    const next = Object.hasOwn(DECODERS, name) ? await undo(decoded, DECODERS[name] ?? [], most) : null;
    if (next === null) return null;
    decoded = next;
  }
  return decoded;
}

/** How bodies begin that are in a coding which nobody declared. */
const GZIP = [0x1f, 0x8b, 0x08];

/** How bodies begin in codings that we do not undo: zstd, xz, bzip2, zip, 7z, lz4, compress. */
const NOT_UNDONE = [
  ...[
    [0x28, 0xb5, 0x2f, 0xfd],
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    [0x42, 0x5a, 0x68],
    [0x50, 0x4b, 0x03, 0x04],
  ],
  ...[
    [0x37, 0x7a, 0xbc, 0xaf],
    [0x04, 0x22, 0x4d, 0x18],
    [0x1f, 0x9d],
  ],
];

/** Without a mark: one of these it is, if what comes out is text to its end. */
const UNMARKED = [createInflate, createBrotliDecompress, createInflateRaw];

/**
 * What a body says that is no text, where it is in a coding that nobody declared; itself where it is in none that can be
 * told, and null where it is in one that we do not undo.
 */
export async function undoUndeclared(body: Decoded, most: number): Promise<Decoded | null> {
  let decoded = body;
  for (let count = 0; count < MAX_CODINGS; count++) {
    const { bytes } = decoded;
    if (NOT_UNDONE.some((mark) => begins(bytes, mark))) return null;
    if (!begins(bytes, GZIP)) return (await undoUnmarked(decoded, most)) ?? decoded;
    const next = await undo(decoded, [createGunzip], most);
    if (next === null) return null;
    decoded = next;
  }
  return begins(decoded.bytes, GZIP) ? null : decoded;
}

function begins(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, i) => bytes[i] === byte);
}

async function undoUnmarked(body: Decoded, most: number): Promise<Decoded | null> {
  for (const create of UNMARKED) {
    const decoded = await inflate(create(), body, most);
    const isWhole =
      decoded !== null && decoded.bytes.length > 0 && (!decoded.truncated || decoded.bytes.length > most);
    if (isWhole && isText(decoded)) return decoded;
  }
  return null;
}

/** Whether it is UTF-8, but for a character that its end goes through. */
export function isText({ bytes, truncated }: Decoded): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
    return true;
  } catch {
    return false;
  }
}

async function undo(body: Decoded, decoders: (() => Decoder)[], most: number): Promise<Decoded | null> {
  for (const create of decoders) {
    const decoded = await inflate(create(), body, most);
    if (decoded !== null) return decoded;
  }
  return null;
}

/** Null where not a byte came out. Output comes in pieces of 16 KiB, so no bomb takes more than one beyond `most`. */
function inflate(decoder: Decoder, body: Decoded, most: number): Promise<Decoded | null> {
  const parts: Uint8Array[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const end = (truncated: boolean) => {
      decoder.destroy();
      resolve({ bytes: Buffer.concat(parts), truncated });
    };
    decoder.on("data", (part: Uint8Array) => {
      parts.push(part);
      size += part.length;
      if (size > most) end(true);
    });
    decoder.on("end", () => end(body.truncated));
    // It was cut, or is broken from here on: what came out is kept.
    decoder.on("error", () => (size > 0 ? end(true) : resolve(null)));
    decoder.end(body.bytes);
  });
}
