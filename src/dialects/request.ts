import type { OutgoingRequest } from "./dialect.ts";

/** How the service names itself to receivers. */
export const USER_AGENT = "Atlas-Webhooks/1.0";

const SHARED_HEADERS = { "Content-Type": "application/json", "User-Agent": USER_AGENT };

/** A JSON request: the headers that every dialect sends, then the dialect's own, as another type of JSON. */
export function jsonRequest(body: string, headers: Record<string, string>): OutgoingRequest {
  return { headers: { ...SHARED_HEADERS, ...headers }, body };
}

/** The names of a dialect's headers together with those that every dialect sends, lower case. */
export function reserved(...names: string[]): readonly string[] {
  return [...Object.keys(SHARED_HEADERS), ...names].map((name) => name.toLowerCase());
}
