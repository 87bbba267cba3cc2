import type { Attempt } from "../domain/delivery.ts";
import { parseRetryAfter } from "../domain/retry-after.ts";
import type { Masker } from "./mask.ts";

/** What is kept of an answer's body. */
const KEPT_BODY_BYTES = 16 * 1024;

/** Header values on record are cut here: answers are kept for 30 days. */
const KEPT_HEADER_CHARACTERS = 1024;
const KEPT_HEADERS = 64;

/** What was read of an answer's body: no more than the chunk that passes 16 KiB. */
export interface ReadBody {
  bytes: Uint8Array;
  /** Whether there was, or may have been, more. */
  truncated: boolean;
  /** Whether reading ended because the connection broke or the time was over. */
  isBroken: boolean;
}

/** Reads an answer's body until it has more than 16 KiB; the rest is canceled, unread. Never throws. */
export async function readBody(response: Response): Promise<ReadBody> {
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
    while (size <= KEPT_BODY_BYTES) {
      const { done, value } = await reader.read();
      if (done) return kept(false, false);
      parts.push(value);
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
 * An answer as it goes on record: the first 16 KiB of its body as text, or as base64 where it is not UTF-8.
 * @param masker takes the endpoint's own secrets out: a receiver may send back what it was sent
 */
export function recordAnswer(
  response: Response,
  body: Pick<ReadBody, "bytes" | "truncated">,
  masker: Masker,
): NonNullable<Attempt["response"]> {
  // By way of latin1, so that what is not UTF-8 is masked too: one character is one byte.
  const read = Buffer.from(body.bytes).toString("latin1");
  // All that was read, and only then cut: a secret that the cut goes through would not be recognized.
  const whole = masker.mask(read);
  const open = body.truncated ? masker.withoutCutSecret(whole) : whole;
  const bytes = Buffer.from(open, "latin1").subarray(0, KEPT_BODY_BYTES);
  const text = decodeText(bytes, body.truncated);
  const headers: Record<string, string> = {};
  for (const [name, value] of [...response.headers].slice(0, KEPT_HEADERS)) {
    headers[name] = masker.mask(value).slice(0, KEPT_HEADER_CHARACTERS);
  }
  return {
    status: response.status,
    headers,
    body: text ?? bytes.toString("base64"),
    encoding: text === null ? "base64" : "utf8",
    truncated: body.truncated,
  };
}

function decodeText(bytes: Uint8Array, truncated: boolean): string | null {
  try {
    // `stream` leaves out a character that the cut at 16 KiB went through.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}

/** What an answer's `Retry-After` asks for, milliseconds from `now`; null = nothing, as on any status but 429 and 503. */
export function retryAfterMs(response: Response, now: number): number | null {
  if (response.status !== 429 && response.status !== 503) return null;
  const value = response.headers.get("retry-after");
  return value === null ? null : parseRetryAfter(value.trim(), now);
}
