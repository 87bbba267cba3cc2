import { findInboxByToken } from "../d1/inboxes.ts";
import type { InboxRow } from "../d1/tables.ts";
import type { InboxSignature } from "../domain/inbox.ts";
import type { ReceivedRequest } from "../domain/received-request.ts";
import type { Env } from "../env.ts";
import { platform } from "../platform.ts";
import { type InboxKey, inboxKeys, signatureOf } from "./signature.ts";

/* What this isolate knows of inboxes, so that what they receive asks D1 little. */

/** An inbox that was deleted or changed is known as it was for less than 10 s. */
const KNOWN_MS = 9000;
/** Each has 64 KiB of answers at the most. */
const MAX_KNOWN = 200;
/** A signature that is not good is checked once more, by secrets no older than this: it may be by a new endpoint. */
const FRESH_MS = 1000;

export interface KnownInbox {
  /** Null = there is none of this token. */
  row: InboxRow | null;
  keys: InboxKey[];
  /** Unix milliseconds. */
  askedAt: number;
}

/** By token, per isolate. */
const known = new Map<string, KnownInbox>();

/** Makes this isolate ask D1 again. */
export function forgetInbox(token: string): void {
  known.delete(token);
}

/** What is known of an inbox, no older than so many milliseconds. */
export async function findKnownInbox(env: Env, token: string, maxAgeMs = KNOWN_MS): Promise<KnownInbox> {
  const nowMs = platform.nowMs();
  const one = known.get(token);
  if (one && nowMs - one.askedAt < maxAgeMs) return one;
  const row = await findInboxByToken(env.DB, token);
  const found = { row, keys: row === null ? [] : await inboxKeys(env, row), askedAt: nowMs };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(token, found);
  return found;
}

/** The verdict on what an inbox received. */
export async function checkSignature(
  env: Env,
  token: string,
  inbox: KnownInbox,
  received: ReceivedRequest,
): Promise<InboxSignature> {
  const signature = signatureOf(received, inbox.keys);
  if (signature.verdict === "valid" || received.at - inbox.askedAt < FRESH_MS) return signature;
  const { keys } = await findKnownInbox(env, token, FRESH_MS);
  return signatureOf(received, keys);
}
