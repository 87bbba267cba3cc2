import type { Context } from "hono";
import { isInboxToken } from "../d1/inbox-tokens.ts";
import type { InboxRow } from "../d1/tables.ts";
import { INBOX_BODY_BYTES, type InboxAnswer, type InboxSignature } from "../domain/inbox.ts";
import { MASK } from "../domain/mask.ts";
import { SMALL_BYTES } from "../domain/memory-budget.ts";
import type { ReceivedRequest } from "../domain/received-request.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { inboxOf } from "../objects/objects.ts";
import { findInboxByToken } from "../reconcile/inboxes.ts";
import { tooLarge } from "./body.ts";
import { type ApiEnv, newApi, requestIdOf } from "./context.ts";
import { inboxBodyOf } from "./inbox-body.ts";
import { type InboxKey, inboxKeys, signatureOf } from "./inbox-signature.ts";
import { limitRate } from "./rate-limit.ts";
import { releasing } from "./request-memory.ts";

/** `/in/{token}`: what inboxes receive, by any method and at any path below it. */
export const inboxReceiver = newApi();

for (const path of ["/in/:token", "/in/:token/*"])
  inboxReceiver.all(path, (c) => releasing(c, () => receive(c)));

/*
 * Requests per second; beyond these they are refused and not kept. Whoever has the URL can send to it, and each request
 * that is kept is a commit: one inbox must not take the time of the others, nor one workspace's inboxes that of its
 * neighbours.
 */
const PER_INBOX = 50;
const PER_WORKSPACE = 150;
/** Of one inbox, those with a body that is not small. */
const LARGE_PER_INBOX = 5;

/** An inbox that was deleted or changed is known as it was for less than 10 s. */
const KNOWN_MS = 9000;
/** Each has 64 KiB of answers at the most. */
const MAX_KNOWN = 200;
/** A signature that is not good is checked once more, by secrets no older than this: it may be by a new endpoint. */
const FRESH_MS = 1000;

/** Answers that wait for their time at once, of one inbox and of all in the isolate. */
const DELAYED = { ofInbox: 20, ofAll: 400 };

/** What is kept of headers, characters. */
const HEADERS_LENGTH = 64 * 1024;
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie", "api-key"]);

/** What comes from here is nobody's page: the service's own lie on the same origin. */
const STANDING = {
  "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'; form-action 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Robots-Tag": "noindex, nofollow",
};

/** These have no body. */
const BODILESS = new Set([204, 205, 304]);

interface KnownInbox {
  /** Null = there is none of this token. */
  row: InboxRow | null;
  keys: InboxKey[];
  /** Unix milliseconds. */
  askedAt: number;
}

/** By token, per isolate. */
const known = new Map<string, KnownInbox>();

/** The answers that wait: whose, and until when, Unix milliseconds. A time ends by itself, whatever its caller does. */
let delayed: { token: string; until: number }[] = [];

/** Makes this isolate ask D1 again. */
export function forgetInbox(token: string): void {
  known.delete(token);
}

async function receive(c: Context<ApiEnv>): Promise<Response> {
  c.header("X-Request-Id", requestIdOf(c));
  const { pathname, search } = new URL(c.req.url);
  const [, , token = ""] = pathname.split("/");
  if (!isInboxToken(token, c.env)) throw unknownInbox();
  const startedAt = Date.now();
  limitRate(`inbox ${token}`, PER_INBOX, startedAt, "This inbox takes");
  const { row, ...inbox } = await inboxKnown(c.env, token, KNOWN_MS);
  if (row === null) throw unknownInbox();
  limitRate(`inboxes ${row.workspaceId}`, PER_WORKSPACE, startedAt, "The inboxes of a workspace take");
  if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > SMALL_BYTES && c.req.raw.body)
    limitRate(
      `large ${token}`,
      LARGE_PER_INBOX,
      startedAt,
      "Of large or unmeasured bodies, this inbox takes",
    );
  const { bytes, missing } = await inboxBodyOf(c);
  const at = Date.now();
  const shown = headersOf(c.req.raw.headers);
  const received = { headers: shown, body: Buffer.from(bytes).toString("utf8"), at };
  const signature = await checkedSignature(c.env, token, { row, ...inbox }, received);
  const place = await inboxOf(c.env, token).receive(
    {
      ...{ at, method: c.req.method, headers: masked(shown), body: bytes, signature },
      path: (pathname.slice(`/in/${token}`.length) + search).slice(0, 4096),
      isTruncated: missing !== "nothing",
    },
    row.script,
  );
  if (missing === "too large") throw tooLarge(INBOX_BODY_BYTES);
  if (missing === "too slow") throw new ApiError("request_timeout", "The body did not arrive in time.");
  const answer = row.answers[Math.max(1, Math.min(place, row.answers.length)) - 1];
  if (answer === undefined) throw new Error("an inbox has no answer");
  // Nothing of the body is needed any more, however long the answer waits.
  c.get("memory")?.release();
  await delay(token, answer.delay);
  return respond(answer);
}

function unknownInbox(): ApiError {
  return new ApiError("not_found", "There is no such inbox.");
}

/** What is known of an inbox, no older than so many milliseconds. */
async function inboxKnown(env: Env, token: string, maxAgeMs: number): Promise<KnownInbox> {
  const now = Date.now();
  const one = known.get(token);
  if (one && now - one.askedAt < maxAgeMs) return one;
  const row = await findInboxByToken(env.DB, token);
  const found = { row, keys: row === null ? [] : await inboxKeys(env, row), askedAt: now };
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(token, found);
  return found;
}

async function checkedSignature(
  env: Env,
  token: string,
  inbox: KnownInbox,
  received: ReceivedRequest,
): Promise<InboxSignature> {
  const signature = signatureOf(received, inbox.keys);
  if (signature.verdict === "valid" || received.at - inbox.askedAt < FRESH_MS) return signature;
  const { keys } = await inboxKnown(env, token, FRESH_MS);
  return signatureOf(received, keys);
}

/** Waits for so long; throws 503 where too many others do. */
async function delay(token: string, seconds: number): Promise<void> {
  if (seconds === 0) return;
  const now = Date.now();
  delayed = delayed.filter(({ until }) => until > now);
  const ofInbox = delayed.filter((one) => one.token === token).length;
  if (ofInbox >= DELAYED.ofInbox || delayed.length >= DELAYED.ofAll)
    throw new ApiError(
      "overloaded",
      "Too many answers of inboxes wait for their time; this one was not delayed.",
    );
  const one = { token, until: now + seconds * 1000 };
  delayed.push(one);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  one.until = 0;
}

function respond({ status, headers, body }: InboxAnswer): Response {
  const said = new Headers(headers);
  if (!said.has("Content-Type")) said.set("Content-Type", "text/plain; charset=utf-8");
  for (const [name, value] of Object.entries(STANDING)) said.set(name, value);
  return new Response(BODILESS.has(status) ? null : body, { status, headers: said });
}

function headersOf(headers: Headers): Record<string, string> {
  const shown: [string, string][] = [];
  let length = 0;
  for (const [name, value] of headers) {
    length += name.length + value.length;
    if (length > HEADERS_LENGTH) break;
    shown.push([name, value]);
  }
  return Object.fromEntries(shown);
}

function masked(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, CREDENTIALS.has(name) ? MASK : value]),
  );
}
