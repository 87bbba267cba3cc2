import type { z } from "@hono/zod-openapi";
import { ApiError, type FieldError, invalid } from "../errors.ts";

/** What a body that is neither an event nor a batch may have. */
export const SETTINGS_BYTES = 256 * 1024;

/** More are not looked for: a batch may have tens of thousands. How many are told: `errors.ts`. */
export const MAX_ERRORS = 1000;

/**
 * The body's text, at most `maxBytes` of UTF-8; empty if there is none. Throws 413 as soon as more arrives, 415 for
 * another content type, 400 for what is not UTF-8.
 */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  // Clients that have nothing to send may say so by a length, and name no type then.
  if (request.body === null || request.headers.get("content-length") === "0") return "";
  checkContentType(request.headers);
  const bytes = await readBytes(request, maxBytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ApiError("invalid_json", "The body is not UTF-8.");
  }
}

/** The parsed text, which lies at `path` in the body; throws 400. */
export function parseJson(text: string, path: readonly PropertyKey[] = []): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const place = path.length === 0 ? "" : `${pathText(path)}: `;
    const message = text === "" ? "The body is empty." : String((error as Error).message);
    throw new ApiError("invalid_json", `${place}${message}`);
  }
}

/** The value as the schema gives it; throws 422 with every bad field. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(fieldErrors(result.error));
  return result.data;
}

/** One entry per bad field, unknown fields included, at most MAX_ERRORS; `prefix` is where the value lies in the body. */
export function fieldErrors(error: z.ZodError, prefix: readonly PropertyKey[] = []): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    const path = [...prefix, ...issue.path];
    const left = MAX_ERRORS - errors.length;
    if (left <= 0) break;
    if (issue.code !== "unrecognized_keys") errors.push({ path: pathText(path), message: messageOf(issue) });
    else
      for (const key of issue.keys.slice(0, left))
        errors.push({ path: pathText([...path, key]), message: "is not known here" });
  }
  return errors;
}

function messageOf(issue: z.core.$ZodIssue): string {
  const missing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return missing ? `is required (${issue.expected})` : issue.message;
}

/** `events[3].tags[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text.startsWith(".") ? text.slice(1) : text;
}

function checkContentType(headers: Headers): void {
  const [type = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((one) => one.startsWith("charset="));
  if (type.trim() !== "application/json" || (charset !== undefined && !/^charset="?utf-8"?$/.test(charset))) {
    throw new ApiError("unsupported_media_type", "Send JSON with `Content-Type: application/json`.");
  }
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding.toLowerCase() !== "identity") {
    throw new ApiError("unsupported_media_type", "Send the body without a Content-Encoding.");
  }
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const declared = request.headers.get("content-length");
  try {
    if (declared !== null && Number(declared) > maxBytes) await refuse(request.body, maxBytes);
    // A declared length is kept by HTTP itself, and reading at once is the fast way.
    if (declared !== null) return new Uint8Array(await request.arrayBuffer());
    return await readUpTo(request.body as ReadableStream<Uint8Array>, maxBytes);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new ApiError("invalid_json", "The body ended early.");
  }
}

async function readUpTo(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const reader = body.getReader();
  let length = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.byteLength;
    if (length > maxBytes) {
      reader.releaseLock();
      await refuse(body, maxBytes);
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks, length);
}

/**
 * Throws 413, after the rest of the body has been read and dropped: a client that still sends when the connection
 * is closed sees a broken connection instead of the answer. What is larger still is cut off all the same.
 */
async function refuse(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<never> {
  const reader = body?.getReader();
  for (let dropped = 0; reader && dropped <= MAX_DROPPED_BYTES; ) {
    const { done, value } = await reader.read();
    if (done) break;
    dropped += value.byteLength;
  }
  throw tooLarge(maxBytes);
}

/** Of a body that is too large, this much is read to be dropped. */
const MAX_DROPPED_BYTES = 32 * 1024 * 1024;

/** 413, naming the limit. */
export function tooLarge(maxBytes: number, what = "The body"): ApiError {
  return new ApiError("payload_too_large", `${what} is larger than ${maxBytes / 1024} KiB.`);
}
