import { WebhookVerificationError } from "./error.ts";

/** A Fetch API `Headers`, or an object of headers in any case, such as Node's `request.headers`. */
export type HeaderSource = { get(name: string): string | null } | Readonly<Record<string, HeaderValue>>;

type HeaderValue = string | readonly string[] | undefined;

/** Where a dialect has one header of signatures: its value alone, or all headers. */
export type SignatureSource = HeaderSource | string | null | undefined;

/** The value of a header; null if it is missing or empty. `name`: lower case. */
export function headerOf(headers: HeaderSource | null | undefined, name: string): string | null {
  if (headers === null || typeof headers !== "object") return null;
  if (typeof headers.get === "function") return headers.get(name) || null;
  // As Node has them; otherwise in any case.
  const known =
    headers[name as keyof typeof headers] ?? inAnyCase(headers as Record<string, HeaderValue>, name);
  return (typeof known === "string" ? known : (known as readonly string[] | undefined)?.join(" ")) || null;
}

function inAnyCase(headers: Record<string, HeaderValue>, name: string): HeaderValue {
  for (const key of Object.keys(headers)) {
    if (key.length === name.length && key.toLowerCase() === name) return headers[key];
  }
  return undefined;
}

/** A header's value. Throws WebhookVerificationError if it is missing. */
export function requiredHeader(headers: HeaderSource | null | undefined, name: string): string {
  const value = headerOf(headers, name);
  if (value === null) throw new WebhookVerificationError("header_missing", `The header ${name} is missing`);
  return value;
}

/** The header of signatures, from its value or from all headers. Throws WebhookVerificationError if it is missing. */
export function signatureOf(source: SignatureSource, name: string): string {
  if (typeof source === "string" && source !== "") return source;
  return requiredHeader(typeof source === "string" ? null : source, name);
}

/** Throws WebhookVerificationError: the header is there, but is not of this form. */
export function refuseMalformed(name: string, form: string): never {
  throw new WebhookVerificationError("header_malformed", `The header ${name} is not ${form}`);
}
