import type { Context } from "hono";
import { isInboxToken } from "../d1/inbox-tokens.ts";
import { INBOX_BODY_BYTES, type InboxAnswer } from "../domain/inbox.ts";
import { MASK } from "../domain/mask.ts";
import { SMALL_BYTES } from "../domain/memory-budget.ts";
import { pause } from "../domain/surroundings.ts";
import { ApiError } from "../errors.ts";
import { tooLarge } from "../http/body.ts";
import { type ApiEnv, newApi, requestIdOf } from "../http/context.ts";
import { limitRate } from "../http/rate-limit.ts";
import { releaseAfter } from "../http/request-memory.ts";
import { inboxBodyOf } from "../inboxes/body.ts";
import { checkSignature, findKnownInbox } from "../inboxes/known-inboxes.ts";
import { inboxOf } from "../objects/objects.ts";
import { platform } from "../platform.ts";

/** `/in/{token}`: what inboxes receive, by any method and at any path below it. */
export const inboxReceiver = newApi();

for (const path of ["/in/:token", "/in/:token/*"])
  inboxReceiver.all(path, (c) => releaseAfter(c, () => receive(c)));

/*
 * Requests per second; beyond these they are refused and not kept. Whoever has the URL can send to it, and each request
 * that is kept is a commit: one inbox must not take the time of the others, nor one workspace's inboxes that of its
 * neighbours.
 */
const PER_INBOX = 50;
const PER_WORKSPACE = 150;
/** An inbox takes fewer requests whose body is not small. */
const LARGE_PER_INBOX = 5;

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

/** Statuses of answers that have no body. */
const BODILESS = new Set([204, 205, 304]);

/** The answers that wait: whose, and until when, Unix milliseconds. A time ends by itself, whatever its caller does. */
let delayed: { token: string; until: number }[] = [];

async function receive(c: Context<ApiEnv>): Promise<Response> {
  c.header("X-Request-Id", requestIdOf(c));
  const { pathname, search } = new URL(c.req.url);
  const [, , token = ""] = pathname.split("/");
  if (!isInboxToken(token, c.env)) throw unknownInbox();
  const startedAt = platform.nowMs();
  limitRate(`inbox ${token}`, PER_INBOX, startedAt, "This inbox takes");
  const { row, ...inbox } = await findKnownInbox(c.env, token);
  if (row === null) throw unknownInbox();
  limitRate(`inboxes ${row.workspaceId}`, PER_WORKSPACE, startedAt, "The inboxes of a workspace take");
  if (Number(c.req.header("content-length") ?? Number.POSITIVE_INFINITY) > SMALL_BYTES && c.req.raw.body)
    limitRate(
      `large ${token}`,
      LARGE_PER_INBOX,
      startedAt,
      "Where bodies are large or of unknown length, this inbox takes",
    );
  const { bytes, missing } = await inboxBodyOf(c);
  const at = platform.nowMs();
  const shown = headersOf(c.req.raw.headers);
  const received = { headers: shown, body: Buffer.from(bytes).toString("utf8"), at };
  const signature = await checkSignature(c.env, token, { row, ...inbox }, received);
  const place = await inboxOf(c.env, token).receive(
    {
      ...{ at, method: c.req.method, headers: masked(shown), body: bytes, signature },
      path: (pathname.slice(`/in/${token}`.length) + search).slice(0, 4096),
      isTruncated: missing !== "nothing",
    },
    row.script,
  );
  if (missing === "too large") throw tooLarge(INBOX_BODY_BYTES);
  if (missing === "too slow")
    throw new ApiError("request_timeout", "The body did not arrive in time; send it again.");
  const answer = row.answers[Math.max(1, Math.min(place, row.answers.length)) - 1];
  if (answer === undefined) throw new Error("an inbox has no answer");
  // Nothing of the body is needed any more, however long the answer waits.
  c.get("memory")?.release();
  const { delay: delaySeconds } = answer;
  await delay(token, delaySeconds);
  return respond(answer);
}

function unknownInbox(): ApiError {
  return new ApiError("not_found", "There is no such inbox.");
}

/** Waits for so long; throws 503 where too many others do. */
async function delay(token: string, seconds: number): Promise<void> {
  if (seconds === 0) return;
  const nowMs = platform.nowMs();
  delayed = delayed.filter(({ until }) => until > nowMs);
  const ofInbox = delayed.filter((one) => one.token === token).length;
  if (ofInbox >= DELAYED.ofInbox || delayed.length >= DELAYED.ofAll)
    throw new ApiError(
      "overloaded",
      "Too many delayed answers of inboxes wait already. The request was kept, but is answered at once; send it again later.",
    );
  const one = { token, until: nowMs + seconds * 1000 };
  delayed.push(one);
  await pause(platform, seconds * 1000);
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
