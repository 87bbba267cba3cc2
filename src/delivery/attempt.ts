import type { Dialect, SigningContext } from "../dialects/dialect.ts";
import type { Attempt, AttemptError, OutgoingDelivery } from "../domain/delivery.ts";
import type { EndpointSecrets } from "../domain/endpoint.ts";
import type { AttemptOutcome } from "../domain/retry.ts";
import { readBody, recordAnswer, retryAfterMs } from "./receiver-answer.ts";

/** Everything one attempt needs. First tries, retries, replays and tests differ in this, not in code. */
export interface AttemptInput {
  delivery: OutgoingDelivery;
  url: string;
  method: "POST" | "PUT";
  timeoutMs: number;
  dialect: Dialect;
  options: Record<string, string>;
  secrets: EndpointSecrets;
  /** Headers from the endpoint's `auth`. */
  authHeaders: Record<string, string>;
}

/** What stands in a record for a value that must not be read there. */
const MASK = "***";

/** Sends one HTTP request and reads its answer; never throws. */
export async function attempt(
  input: AttemptInput,
  send: typeof fetch,
  now: () => number,
): Promise<AttemptOutcome> {
  const startedAt = now();
  const built = input.dialect.build(input.delivery, signing(input, startedAt));
  const own = { ...input.secrets.headers, ...input.authHeaders };
  const headers = { ...own, ...built.headers };
  const record = (
    result: Pick<Attempt, "error" | "response">,
    retryAfter: number | null,
  ): AttemptOutcome => ({
    attempt: {
      number: input.delivery.attempt,
      startedAt,
      durationMs: now() - startedAt,
      outcome: result.error === null ? "success" : "failure",
      error: result.error,
      request: { method: input.method, url: input.url, headers: { ...mask(own), ...built.headers } },
      response: result.response,
    },
    retryAfterMs: retryAfter,
  });
  // Not AbortSignal.timeout: its timers are never cleared, and workerd allows 10,000 active ones.
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), input.timeoutMs);
  let response: Response | null = null;
  try {
    response = await send(input.url, {
      method: input.method,
      headers,
      body: built.body,
      redirect: "manual",
      signal: controller.signal,
    });
    const body = await readBody(response);
    return record(
      { error: errorOfStatus(response.status), response: recordAnswer(response, body) },
      retryAfterMs(response, now()),
    );
  } catch (error) {
    if (!response) {
      return record(
        { error: controller.signal.aborted ? "timeout" : errorOfException(error), response: null },
        null,
      );
    }
    const answer = recordAnswer(response, { bytes: new Uint8Array(), truncated: true });
    return record(
      { error: controller.signal.aborted ? "response_too_slow" : "reset", response: answer },
      null,
    );
  } finally {
    clearTimeout(timer);
  }
}

function signing(input: AttemptInput, now: number): SigningContext {
  const live = input.secrets.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  return { secrets: live.map(({ secret }) => secret), now, options: input.options };
}

function mask(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.keys(headers).map((name) => [name, MASK]));
}

function errorOfStatus(status: number): AttemptError | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirect" : "status";
}

/** What workerd's messages say of a request that got no answer; the runtime has no codes for them. */
const MESSAGES: readonly [RegExp, AttemptError][] = [
  [/not allowed|not permitted|disallowed|blocked/i, "blocked_address"],
  [/dns|lookup|getaddrinfo|name or service/i, "dns"],
  [/tls|ssl|certificate/i, "tls"],
  [/refused|unreachable|connect\(\)|timed out/i, "connect"],
];

function errorOfException(error: unknown): AttemptError {
  const message = error instanceof Error ? error.message : String(error);
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? "reset";
}
