import { createHash } from "node:crypto";
import type { NewEvent, SentFields } from "./domain/event.ts";

type Content = Pick<NewEvent, "type" | "created" | "apiVersion" | "tags" | "context" | "data"> & {
  sent: SentFields;
};

/**
 * SHA-256 of what a publisher sent for an event: type, raw data, created, api_version, tags, context. A field
 * that was absent counts as absent, whatever it was filled with.
 */
export function contentDigest(event: Content): Uint8Array {
  const { sent } = event;
  const fields = [
    event.type,
    sent.created ? event.created : null,
    sent.apiVersion ? event.apiVersion : null,
    sent.tags ? event.tags : null,
    sent.context ? Object.entries(event.context).sort(([a], [b]) => (a < b ? -1 : 1)) : null,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).update("\n").update(event.data).digest();
}

/** An event's digest as text, as it goes from one log to another. */
export function digestText(event: Content): string {
  return textOf(contentDigest(event));
}

export function textOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString("base64url");
}

/** Whether two digests are the same. */
export function sameDigest(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
