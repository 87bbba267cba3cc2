import { type Chance, secretBytes } from "../domain/surroundings.ts";
import type { Env } from "../env.ts";
import { isLinkSigned, signLink } from "../seal/link-signature.ts";
import type { Caller } from "./caller.ts";

/*
 * A browser cannot send a header with a WebSocket, and a key in a URL would end in logs. So it asks for a ticket with its
 * key: signed, of half a minute, and the hub lets each in once.
 */

const VALID_MS = 30_000;

/** What a ticket says. */
export interface Ticket {
  keyId: string;
  nonce: string;
  /** Unix milliseconds. */
  until: number;
}

/** A new ticket for a caller. */
export function newTicket(
  { keyId }: Caller,
  env: Env,
  nowMs: number,
  chance: Chance,
): { text: string; until: number } {
  const until = nowMs + VALID_MS;
  const content = `${keyId}.${Buffer.from(secretBytes(chance, 16)).toString("base64url")}.${until}`;
  return { text: `${content}.${signLink(purpose(content), env)}`, until };
}

/** What a ticket of ours says that has not expired; null = it is none. */
export function readTicket(text: string, env: Env, nowMs: number): Ticket | null {
  const [keyId = "", nonce = "", until = "", signature = "", ...rest] = text.split(".");
  if (rest.length > 0 || !isLinkSigned(purpose(`${keyId}.${nonce}.${until}`), signature, env)) return null;
  return Number(until) > nowMs ? { keyId, nonce, until: Number(until) } : null;
}

/** Other links are signed by the same key. */
function purpose(content: string): string {
  return `tail ticket ${content}`;
}
