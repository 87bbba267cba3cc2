import type { Attempt } from "../../domain/delivery.ts";
import { parseRetryAfter } from "../../domain/retry-after.ts";
import { isText, undoCodings, undoUndeclared } from "./content-coding.ts";
import type { ReceiverResponse } from "./http-answer.ts";
import type { Masker } from "./mask/masker.ts";

/** What is kept of an answer's body. */
export const KEPT_BODY_BYTES = 16 * 1024;

/** Headers on record are cut here, and names with values all together: answers are kept for 30 days. */
const KEPT_NAME_CHARACTERS = 256;
const KEPT_HEADER_CHARACTERS = 4096;
const KEPT_HEADERS_CHARACTERS = 16 * 1024;
const KEPT_HEADERS = 64;

/** What was read of an answer's body: no more than the chunk that passes what is kept. */
export interface ReadBody {
  bytes: Uint8Array;
  /** Whether there was, or may have been, more. */
  truncated: boolean;
  /** Whether reading ended because the connection broke or the time was over. */
  isBroken: boolean;
}

/** Reads an answer's body until it has more than `mostBytes`; the rest is canceled, unread. Never throws. */
export async function readBody(
  response: Pick<ReceiverResponse, "body">,
  mostBytes = KEPT_BODY_BYTES,
): Promise<ReadBody> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const kept = (truncated: boolean, isBroken: boolean): ReadBody => ({
    bytes: join(parts, size),
    truncated,
    isBroken,
  });
  if (!response.body) return kept(false, false);
  try {
    const reader = response.body.getReader();
    while (size <= mostBytes) {
      const { done, value } = await reader.read();
      if (done || value === undefined) return kept(false, false);
      // A copy where it is a small part of its memory: workerd gives each read 4 KiB, be it for a chunk of one byte.
      parts.push(value.length * 2 < value.buffer.byteLength ? value.slice() : value);
      size += value.length;
    }
    // Not awaited: what the receiver still sends must not hold the attempt.
    reader.cancel().catch(() => {});
    return kept(true, false);
  } catch {
    return kept(true, true);
  }
}

function join(parts: Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * What is looked at for the record: a secret may be spelled with six times its length (`\\u0061`), and one that begins
 * within the 16 KiB that are kept must be recognized.
 */
const READ_BYTES = KEPT_BODY_BYTES + 8 * 1024;

/** What it takes of the thread to look through 16 KiB for secrets, in each of the ways they may be spelled; milliseconds. */
const LOOKING_THROUGH_MS = 2;

/** What `recordAnswer` takes of the thread at most, about, milliseconds. */
export function recordingMs({ headers }: Pick<ReceiverResponse, "headers">, body: KeptPart): number {
  // What is no text may become longer as its coding is undone.
  const read = isText(body) ? Math.min(body.bytes.length, READ_BYTES) : READ_BYTES;
  const looked = keptHeaders(headers).reduce((sum, { text }) => sum + text.length, read);
  return (LOOKING_THROUGH_MS * looked) / KEPT_BODY_BYTES;
}

/**
 * An answer as it goes on record: the first 16 KiB of its body, with its content coding undone, as text, or as base64
 * where it is not UTF-8.
 * @param masker takes the endpoint's own secrets out: a receiver may send back what it was sent
 */
export async function recordAnswer(
  { status, headers }: Pick<ReceiverResponse, "status" | "headers">,
  body: Pick<ReadBody, "bytes" | "truncated">,
  masker: Masker,
): Promise<NonNullable<Attempt["response"]>> {
  const coding = headers.get("content-encoding");
  const declared = coding === null ? body : await undoCodings(body, coding, READ_BYTES);
  const decoded = await inTheClear(declared ?? body, declared === null);
  const read = decoded.bytes.subarray(0, READ_BYTES);
  const isCut = decoded.truncated || read.length < decoded.bytes.length;
  // All that was read, and only then cut: a secret that the cut goes through would not be recognized.
  const whole = masker.bytes(read, isCut);
  const bytes = whole.subarray(0, KEPT_BODY_BYTES);
  const truncated = isCut || bytes.length < whole.length;
  const text = decodeText(bytes, truncated);
  return {
    status,
    headers: recordHeaders(headers, masker),
    body: text ?? Buffer.from(bytes).toString("base64"),
    encoding: text === null ? "base64" : "utf8",
    truncated,
  };
}

/**
 * A body without codings, declared or not. One whose coding cannot be undone is not kept, unless it is text: what it holds
 * could not be masked.
 * @param isCoded whether a coding was declared that could not be undone
 */
async function inTheClear(body: KeptPart, isCoded: boolean): Promise<KeptPart> {
  if (isText(body)) return body;
  const undone = isCoded ? null : await undoUndeclared(body, READ_BYTES);
  return undone ?? { bytes: new Uint8Array(0), truncated: true };
}

type KeptPart = Pick<ReadBody, "bytes" | "truncated">;

/**
 * Repeated ones are joined by a comma, as `fetch` joins all but `Set-Cookie`: none is lost. A receiver may put what it was
 * sent into a name, too.
 */
function recordHeaders(headers: ReceiverResponse["headers"], masker: Masker): Record<string, string> {
  // What is cut loses a tail that may be the beginning of a secret, too.
  const texts = keptHeaders(headers).map(({ text, isCut }) =>
    isCut ? Buffer.from(masker.bytes(Buffer.from(text), true)).toString() : text,
  );
  const masked = masker.texts(texts);
  const kept: Record<string, string> = {};
  for (let i = 0; i < masked.length; i += 2) {
    const [name = "", value = ""] = [masked[i], masked[i + 1]];
    kept[name] = Object.hasOwn(kept, name) ? `${kept[name]}, ${value}` : value;
  }
  return kept;
}

interface CutText {
  text: string;
  isCut: boolean;
}

/** What is kept of headers, a name and its value in turn: cut before they are masked, since that costs by length. */
function keptHeaders(headers: ReceiverResponse["headers"]): CutText[] {
  const kept: CutText[] = [];
  let left = KEPT_HEADERS_CHARACTERS;
  for (const [wholeName, wholeValue] of headers) {
    const name = cut(wholeName, KEPT_NAME_CHARACTERS);
    left -= name.text.length;
    if (left <= 0 || kept.length === 2 * KEPT_HEADERS) break;
    const value = cut(wholeValue, Math.min(KEPT_HEADER_CHARACTERS, left));
    left -= value.text.length;
    kept.push(name, value);
  }
  return kept;
}

function cut(whole: string, most: number): CutText {
  return { text: whole.slice(0, most), isCut: whole.length > most };
}

function decodeText(bytes: Uint8Array, truncated: boolean): string | null {
  try {
    // `stream` leaves out a character that the cut at 16 KiB went through.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}

/** What an answer's `Retry-After` asks for, milliseconds from `nowMs`; null = nothing, as on any status but 429 and 503. */
export function retryAfterMs(
  response: Pick<ReceiverResponse, "status" | "headers">,
  nowMs: number,
): number | null {
  if (response.status !== 429 && response.status !== 503) return null;
  const value = response.headers.get("retry-after");
  return value === null ? null : parseRetryAfter(value.trim(), nowMs);
}
