import type { OutgoingRequest } from "./dialect.ts";

const SHARED_HEADERS = { "Content-Type": "application/json", "User-Agent": "Atlas-Webhooks/1.0" };

/** A JSON request: the headers that every dialect sends, then the dialect's own. */
export function jsonRequest(body: string, headers: Record<string, string>): OutgoingRequest {
  return { headers: { ...SHARED_HEADERS, ...headers }, body };
}

/** The names of a dialect's headers together with those that every dialect sends, lower case. */
export function reserved(...names: string[]): readonly string[] {
  return [...Object.keys(SHARED_HEADERS), ...names].map((name) => name.toLowerCase());
}
