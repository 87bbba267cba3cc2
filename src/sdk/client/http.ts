import type { Problem } from "../../errors.ts";
import { AtlasError } from "./error.ts";

export interface ClientOptions {
  /** An API key of the workspace, `ak_…`. */
  key: string;
  /** Where the service answers; `http://127.0.0.1:8787` unless given. */
  baseUrl?: string;
  /** For one try, milliseconds; 30,000 unless given. */
  timeoutMs?: number;
  /** How often a request is repeated that is safe to repeat and got no answer, 429 or 5xx; 3 unless given. */
  retries?: number;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/** What a caller may say of one request. */
export interface RequestOptions {
  /** Ends the request, its repetitions and the waits between them. */
  signal?: AbortSignal;
  /** Instead of one of the client's own: the same for the same thing, also after a crash of the caller. */
  idempotencyKey?: string;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call extends RequestOptions {
  query?: Query;
  body?: unknown;
  /** Instead of `body`: JSON that is sent as it is written. */
  bodyText?: string;
}

const DEFAULT_BASE_URL = "http://127.0.0.1:8787";
const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 30_000;

/**
 * Requests of the API. One without an answer, or with 429 or 5xx, is repeated: a POST carries an Idempotency-Key, so
 * that nothing is made twice.
 */
export class Http {
  readonly #baseUrl: string;
  readonly #key: string;
  readonly #timeoutMs: number;
  readonly #retries: number;
  readonly #fetch: typeof fetch;

  constructor({
    key,
    baseUrl = DEFAULT_BASE_URL,
    timeoutMs = 30_000,
    retries = 3,
    fetch: own,
  }: ClientOptions) {
    this.#key = key;
    this.#baseUrl = checkedBaseUrl(baseUrl);
    this.#timeoutMs = timeoutMs;
    this.#retries = retries;
    // Called as a plain function: browsers refuse their `fetch` as a method of something else.
    this.#fetch = own ?? ((input, init) => fetch(input, init));
  }

  /** The answer's body, `undefined` where it has none. Throws AtlasError. */
  async request<Body>(method: string, path: string, call: Call = {}): Promise<Body> {
    const text = await this.text(method, path, call);
    return (text === "" ? undefined : JSON.parse(text)) as Body;
  }

  /** The answer's body as it came: its numbers keep their digits. Throws AtlasError, and TypeError where an id is empty. */
  async text(method: string, path: string, call: Call = {}): Promise<string> {
    // Another route would answer, or none.
    if (/\/(?:\/|$)/.test(path)) throw new TypeError(`An id or a name is empty: it has no place in ${path}.`);
    const url = `${this.#baseUrl}${path}${queryText(call.query)}`;
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#key}` };
    const body = call.bodyText ?? (call.body === undefined ? undefined : JSON.stringify(call.body));
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST") headers["Idempotency-Key"] = call.idempotencyKey ?? newIdempotencyKey();
    for (let tried = 0; ; tried++) {
      try {
        return await this.#try(url, { method, headers, body }, call.signal);
      } catch (error) {
        if (!(error instanceof AtlasError) || !mayHelp(error) || tried >= this.#retries) throw error;
        await wait(error.retryAfterMs ?? backOffMs(tried), call.signal);
      }
    }
  }

  async #try(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<string> {
    // Not AbortSignal.any, which Node 18 has not.
    const ending = new AbortController();
    let isTimeUp = false;
    const timer = setTimeout(() => {
      isTimeUp = true;
      ending.abort();
    }, this.#timeoutMs);
    const onAbort = () => ending.abort();
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) ending.abort();
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(url, { ...init, signal: ending.signal });
      text = await response.text();
    } catch (cause) {
      if (signal?.aborted) throw aborted(cause);
      if (isTimeUp)
        throw new AtlasError("timeout", `There was no answer within ${this.#timeoutMs} ms.`, { cause });
      throw new AtlasError("network", `${url} cannot be reached.`, { cause });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
    if (response.ok) return text;
    throw problemOf(response, text);
  }
}

function problemOf(response: Response, text: string): AtlasError {
  const retryAfter = Number(response.headers.get("Retry-After") ?? Number.NaN);
  const more = {
    status: response.status,
    requestId: response.headers.get("X-Request-Id"),
    retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null,
  };
  const problem = parsed(text);
  // Not one of the service's: a proxy's own page.
  if (problem?.code === undefined)
    return new AtlasError("internal", `The service answered ${response.status}.`, more);
  return new AtlasError(problem.code, problem.detail ?? problem.title ?? problem.code, {
    ...more,
    errors: problem.errors,
  });
}

function parsed(text: string): Partial<Problem> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether the same request may succeed a moment later. */
function mayHelp({ code, status }: AtlasError): boolean {
  if (code === "aborted") return false;
  return status === 0 || status === 429 || status >= 500 || code === "in_progress";
}

/** Without a slash at its end; throws TypeError for what is no URL. */
function checkedBaseUrl(baseUrl: string): string {
  if (!/^https?:\/\/[^/]/i.test(baseUrl))
    throw new TypeError(
      `baseUrl must be an http or https URL, as https://webhooks.example.com, not ${JSON.stringify(baseUrl)}.`,
    );
  return baseUrl.replace(/\/+$/, "");
}

function backOffMs(tried: number): number {
  return Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** tried) * (0.5 + Math.random() / 2);
}

function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(aborted(signal.reason));
    const onAbort = () => {
      clearTimeout(timer);
      reject(aborted(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

function aborted(cause: unknown): AtlasError {
  return new AtlasError("aborted", "The request was aborted.", { cause });
}

/** A random text that no other request has; it is no secret. Node 18 has no global `crypto`. */
function newIdempotencyKey(): string {
  const { crypto } = globalThis as { crypto?: Crypto };
  if (crypto !== undefined) return crypto.randomUUID();
  return Array.from({ length: 4 }, () => Math.random().toString(36).slice(2)).join("-");
}

function queryText(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
