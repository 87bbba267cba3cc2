import type { Attempt } from "../domain/delivery.ts";

/** What is read and kept of an answer's body. */
const KEPT_BODY_BYTES = 16 * 1024;

/** Header values on record are cut here: answers are kept for 30 days. */
const KEPT_HEADER_CHARACTERS = 1024;
const KEPT_HEADERS = 64;

/** Reads at most 16 KiB of an answer's body; the rest is canceled, unread. */
export async function readBody(response: Response): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  if (!response.body) return { bytes: new Uint8Array(), truncated: false };
  const reader = response.body.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  while (size <= KEPT_BODY_BYTES) {
    const { done, value } = await reader.read();
    if (done) return { bytes: join(parts, size), truncated: false };
    parts.push(value);
    size += value.length;
  }
  await reader.cancel();
  return { bytes: join(parts, size).subarray(0, KEPT_BODY_BYTES), truncated: true };
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

/** An answer as it goes on record: the body as text, or as base64 where it is not UTF-8. */
export function recordAnswer(
  response: Response,
  body: { bytes: Uint8Array; truncated: boolean },
): NonNullable<Attempt["response"]> {
  const text = decodeText(body.bytes, body.truncated);
  const headers: Record<string, string> = {};
  for (const [name, value] of [...response.headers].slice(0, KEPT_HEADERS)) {
    headers[name] = value.slice(0, KEPT_HEADER_CHARACTERS);
  }
  return {
    status: response.status,
    headers,
    body: text ?? Buffer.from(body.bytes).toString("base64"),
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

/** `Retry-After` in milliseconds from `now`: seconds or an HTTP date (RFC 9110, 10.2.3); null if absent or unreadable. */
export function retryAfterMs(response: Response, now: number): number | null {
  if (response.status !== 429 && response.status !== 503) return null;
  const value = response.headers.get("retry-after")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
