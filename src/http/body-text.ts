import type { Context } from "hono";
import { SMALL_BYTES } from "../domain/memory-budget.ts";
import { every, pause } from "../domain/surroundings.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { tooLarge } from "./body.ts";
import { BodyParts } from "./body-parts.ts";
import type { ApiEnv } from "./context.ts";
import { RequestMemory } from "./request-memory.ts";

/* The text of a request's body, with bounds on what it takes in memory and in time. */

/** A body must have arrived by then; while others wait for the memory that it holds, earlier. */
const SMALL_WITHIN_MS = 15_000;
const ARRIVES_WITHIN_MS = 60_000;
const CONTENDED_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 500;

/** Most bodies are smaller, and take less than the request around them: they are not counted. */
const UNCOUNTED_BYTES = 4 * 1024;

/** A body that is there already is read in parts of this size, and others get their turn between: a few milliseconds each. */
const TURN_BYTES = 256 * 1024;

/** A refused body is read and dropped up to this size, and for so long. */
const MAX_DROPPED_BYTES = 32 * 1024 * 1024;
const DROPPED_WITHIN_MS = 5000;

/**
 * The body's text, at most `maxBytes` of UTF-8; empty if there is none. Throws 413 as soon as more arrives, 415 for
 * another content type, 400 for what is not UTF-8, 503 where there is no room for it, 408 where it does not come.
 */
export async function readText(c: Context<ApiEnv>, maxBytes: number): Promise<string> {
  const request = c.req.raw;
  const declared = request.headers.get("content-length");
  // Clients that have nothing to send may say so by a length, and name no type then.
  if (request.body === null || declared === "0") return "";
  const problem = contentTypeProblem(request.headers);
  if (problem !== null) {
    // Sent in chunks, nothing has no length that could say so.
    if (declared === null && (await isEmpty(request.body))) return "";
    throw problem;
  }
  const length = declared === null ? null : Number(declared);
  const memory = RequestMemory.of(c);
  if (length !== null && length > maxBytes) await refuse(request.body, maxBytes);
  if (length === null || length > UNCOUNTED_BYTES) await memory.take(length ?? SMALL_BYTES);
  try {
    // A declared length is kept by HTTP itself, and reading at once is the fast way.
    if (length !== null && length <= SMALL_BYTES)
      return decoder().decode(await inTime(request.arrayBuffer()));
    return await new BodyReader(request.body, maxBytes, memory, length).text();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof TypeError)
      throw new ApiError("invalid_json", "The body is not UTF-8; send JSON in UTF-8.");
    throw new ApiError("invalid_json", "The body ended before its announced length; send it again.");
  }
}

function decoder(): TextDecoder {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
}

async function inTime<Result>(reading: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const takeBack = platform.after(SMALL_WITHIN_MS, () => reject(tooSlow()));
  try {
    return await Promise.race([reading, late]);
  } finally {
    takeBack();
  }
}

/** Reads a body piece by piece, decoding each as it comes: its bytes are never there as a whole beside its text. */
class BodyReader {
  readonly #body: ReadableStream<Uint8Array>;
  readonly #maxBytes: number;
  readonly #memory: RequestMemory;
  /** What there is room for. */
  #roomBytes: number;
  #isTooSlow = false;

  constructor(
    body: ReadableStream<Uint8Array>,
    maxBytes: number,
    memory: RequestMemory,
    declaredBytes: number | null,
  ) {
    this.#body = body;
    this.#maxBytes = maxBytes;
    this.#memory = memory;
    this.#roomBytes = declaredBytes ?? SMALL_BYTES;
  }

  async text(): Promise<string> {
    const parts = new BodyParts(this.#body);
    const startedAt = platform.nowMs();
    const endWatch = every(platform, LOOK_EVERY_MS, () => {
      const limitMs = this.#memory.isAwaited ? CONTENDED_WITHIN_MS : ARRIVES_WITHIN_MS;
      if (platform.nowMs() - startedAt < limitMs) return;
      this.#isTooSlow = true;
      parts.cancel();
    });
    try {
      return await this.#read(parts);
    } catch (error) {
      if (this.#isTooSlow) throw tooSlow();
      throw error;
    } finally {
      endWatch();
    }
  }

  async #read(parts: BodyParts): Promise<string> {
    const text = decoder();
    const pieces: string[] = [];
    const rest = pauses();
    let length = 0;
    for (let part = await parts.next(); part !== null; part = await parts.next()) {
      const bytes = part.byteLength;
      length += bytes;
      if (length > this.#maxBytes) {
        parts.release();
        await refuse(this.#body, this.#maxBytes);
      }
      if (length > this.#roomBytes) {
        // Its length was not told, and it is no small one.
        this.#roomBytes = this.#maxBytes;
        await this.#memory.take(this.#maxBytes);
      }
      pieces.push(text.decode(part, { stream: true }));
      await rest(bytes);
    }
    if (this.#isTooSlow) throw tooSlow();
    pieces.push(text.decode());
    return pieces.join("");
  }
}

/** Gives the thread to others each time that so much was read: what has arrived is read without a macrotask between. */
function pauses(): (bytes: number) => Promise<void> | void {
  let sinceTurn = 0;
  return (bytes) => {
    sinceTurn += bytes;
    if (sinceTurn < TURN_BYTES) return;
    sinceTurn = 0;
    return pause(platform);
  };
}

function tooSlow(): ApiError {
  return new ApiError("request_timeout", "The body did not arrive in time. Nothing was done; send it again.");
}

/** Whether a body ends at once. What it begins with is read, and the rest dropped, if it does not. */
async function isEmpty(body: ReadableStream<Uint8Array>): Promise<boolean> {
  const parts = new BodyParts(body);
  const isAtEnd = (await inTime(parts.next())) === null;
  parts.release();
  if (!isAtEnd) await dropRest(body);
  return isAtEnd;
}

/** 415 if the body is called something else than JSON in UTF-8, or is compressed; null = it is not. */
function contentTypeProblem(headers: Headers): ApiError | null {
  const [type = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((one) => one.startsWith("charset="));
  if (
    type.trim() !== "application/json" ||
    (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset))
  ) {
    return new ApiError("unsupported_media_type", "Send JSON with `Content-Type: application/json`.");
  }
  const encoding = headers.get("content-encoding");
  return encoding === null || encoding.toLowerCase() === "identity"
    ? null
    : new ApiError("unsupported_media_type", "Send the body without a Content-Encoding.");
}

/** Throws 413, after the rest of the body has been dropped. */
async function refuse(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<never> {
  await dropRest(body);
  throw tooLarge(maxBytes);
}

/** Reads and drops the body of a refused request, if nobody has begun to read it. */
export async function dropBody(request: Request): Promise<void> {
  if (request.body !== null && !request.bodyUsed && !request.body.locked) await dropRest(request.body);
}

/**
 * Reads what is left of a body and drops it: a client that still sends when the connection is closed sees a broken
 * connection instead of the answer. What is larger still, or too slow, is cut off all the same. Never rejects.
 */
export async function dropRest(body: ReadableStream<Uint8Array>): Promise<void> {
  const parts = new BodyParts(body);
  const takeBack = platform.after(DROPPED_WITHIN_MS, () => parts.cancel());
  try {
    const rest = pauses();
    for (let dropped = 0; dropped <= MAX_DROPPED_BYTES; ) {
      const part = await parts.next();
      if (part === null) return;
      dropped += part.byteLength;
      await rest(part.byteLength);
    }
  } catch {
    // It hung up: nobody waits for an answer.
  } finally {
    takeBack();
  }
}
