import { createHash } from "node:crypto";
import { LargeWork } from "./large-work.ts";

/** Characters that are digested before others get their turn: about a millisecond. */
const TURN_CHARACTERS = 256 * 1024;

/** What is asked for by a request's query and body, as one digest. */
export function requestDigest(url: string, body: string): Promise<string> {
  const { search } = new URL(url);
  return bodyDigest(search === "" ? body : `${search}\n${body}`);
}

/** The SHA-256 of a text in UTF-8, base64url. A large one takes turns with other large work, piece by piece. */
export async function bodyDigest(text: string): Promise<string> {
  const hash = createHash("sha256");
  const work = new LargeWork(null, text.length);
  try {
    for (let start = 0; start < text.length; ) {
      const end = pieceEnd(text, start);
      await work.beginPiece();
      work.countSteps(end - start);
      hash.update(text.slice(start, end));
      start = end;
    }
    return hash.digest("base64url");
  } finally {
    work.end();
  }
}

/** Where the piece from `start` on ends: a surrogate pair cut in two would become other bytes. */
function pieceEnd(text: string, start: number): number {
  const end = start + TURN_CHARACTERS;
  return (text.codePointAt(end - 1) ?? 0) > 0xffff ? end + 1 : Math.min(end, text.length);
}
