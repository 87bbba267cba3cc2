import { WebhookVerificationError } from "./error.ts";

/** A request's body as it came. A `Buffer` is a Uint8Array. */
export type RawBody = string | Uint8Array;

/** Throws WebhookVerificationError unless the body is raw: a parsed one no longer has the bytes that were signed. */
export function requireRaw(body: unknown): asserts body is RawBody {
  if (typeof body === "string" || body instanceof Uint8Array) return;
  // A Uint8Array of another realm, as test runners and sandboxes make them.
  if (ArrayBuffer.isView(body) && Object.prototype.toString.call(body) === "[object Uint8Array]") return;
  throw new WebhookVerificationError(
    "body_parsed",
    `The body must be the raw request body, a string or bytes, but is ${kindOf(body)}`,
  );
}

function kindOf(body: unknown): string {
  if (body === null || body === undefined) return "missing";
  return typeof body === "object" ? "an object that was parsed already" : `a ${typeof body}`;
}

/** Reads a request's raw body. Throws WebhookVerificationError if something read it before. */
export async function rawBodyOf(request: {
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}): Promise<Uint8Array> {
  if (request.bodyUsed) {
    throw new WebhookVerificationError("body_parsed", "The request's body was read already");
  }
  return new Uint8Array(await request.arrayBuffer());
}

/** The body's JSON value. Throws WebhookVerificationError if it is none. */
export function parsed(body: RawBody): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : textOf(body));
  } catch (cause) {
    throw new WebhookVerificationError("not_json", "The body is no JSON", { cause });
  }
}

/** What a body holds, which must be a JSON object. Throws WebhookVerificationError otherwise. */
export function parsedObject(body: RawBody): Record<string, unknown> {
  return requireObject(parsed(body));
}

/** The value, which must be a JSON object. Throws WebhookVerificationError otherwise. */
export function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WebhookVerificationError("not_json", "The body is no JSON object");
  }
  return value as Record<string, unknown>;
}

/** Throws where the bytes are no UTF-8. A byte order mark stays, and is no JSON, as in a body that is a string. */
function textOf(body: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
}
