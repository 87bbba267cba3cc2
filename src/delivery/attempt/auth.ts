import type { Deadlines } from "../../deadlines.ts";
import type { EndpointAuth } from "../../domain/endpoint.ts";
import { undoCodings } from "./content-coding.ts";
import type { ReceiverResponse } from "./http-answer.ts";
import type { Send } from "./resend.ts";
import { NobodyThere } from "./tunnel.ts";
import { unlessAborted } from "./unless-aborted.ts";

/** A token is renewed this long before it expires, so that none expires on its way. */
const RENEW_BEFORE_MS = 30_000;

/** What is assumed where a token's answer does not say how long it lives (RFC 6749, 5.1: it should). */
const DEFAULT_LIFETIME_SECONDS = 300;

/** How long a token endpoint may take: attempts that cannot wait so long give up by their own timeout. */
export const TOKEN_TIMEOUT_MS = 10_000;

/** A token endpoint's answer is small. */
export const MAX_TOKEN_ANSWER_BYTES = 64 * 1024;

/** What a token is made of (RFC 6749, A.12, without the space, which a header could not hold at its ends). */
const TOKEN = /^[\x21-\x7e]+$/;

type OAuth2 = Extract<EndpointAuth, { type: "oauth2" }>;

/** The receiver's authentication could not be had: its token endpoint failed. */
export class AuthError extends Error {}

/** The headers that a receiver's own authentication asks for; keeps an OAuth 2.0 token until it is about to expire. */
export class Authenticator {
  readonly #auth: EndpointAuth | null;
  #token: { value: string; renewAt: number } | null = null;
  /** The token before, which a receiver may still show in its answers. */
  #previousToken: string | null = null;
  #fetching: Promise<string> | null = null;

  constructor(auth: EndpointAuth | null) {
    this.#auth = auth;
  }

  /** Whether a refused token can be replaced by a fresh one. */
  get isRenewable(): boolean {
    return this.#auth?.type === "oauth2";
  }

  /** The headers that it sets. */
  get headerNames(): string[] {
    if (this.#auth === null) return [];
    return [this.#auth.type === "header" ? this.#auth.name : "Authorization"];
  }

  /** The tokens that receivers have been sent lately. */
  get tokens(): string[] {
    return [this.#token?.value, this.#previousToken].filter((token) => typeof token === "string");
  }

  /** Headers for a request now. Throws AuthError, also where `signal` does not wait for a token any longer. */
  async headers(
    send: Send,
    nowMs: number,
    signal: AbortSignal,
    deadlines: Deadlines,
  ): Promise<Record<string, string>> {
    const auth = this.#auth;
    switch (auth?.type) {
      case undefined:
        return {};
      case "basic": {
        const credentials = Buffer.from(`${auth.username}:${auth.password}`, "utf8").toString("base64");
        return { Authorization: `Basic ${credentials}` };
      }
      case "bearer":
        return { Authorization: `Bearer ${auth.token}` };
      case "header":
        return { [auth.name]: auth.value };
      case "oauth2":
        return { Authorization: `Bearer ${await this.#accessToken(auth, send, nowMs, signal, deadlines)}` };
    }
  }

  /** Forgets the token that the receiver refused, unless another attempt has had it renewed meanwhile. */
  forgetToken(refused: Record<string, string>): void {
    if (this.#token && refused.Authorization === `Bearer ${this.#token.value}`) {
      this.#previousToken = this.#token.value;
      this.#token = null;
    }
  }

  async #accessToken(
    auth: OAuth2,
    send: Send,
    nowMs: number,
    signal: AbortSignal,
    deadlines: Deadlines,
  ): Promise<string> {
    if (this.#token && this.#token.renewAt > nowMs) return this.#token.value;
    // Attempts of one moment share one request to the token endpoint; none of them ends it for the others.
    this.#fetching ??= this.#fetchInTime(auth, send, nowMs, deadlines).finally(() => {
      this.#fetching = null;
    });
    return unlessAborted(this.#fetching, signal, () => new AuthError("there was no token in time"));
  }

  async #fetchInTime(auth: OAuth2, send: Send, nowMs: number, deadlines: Deadlines): Promise<string> {
    const controller = new AbortController();
    const end = deadlines.in(TOKEN_TIMEOUT_MS, () => controller.abort());
    try {
      return await this.#fetchToken(auth, send, nowMs, controller.signal);
    } catch (error) {
      if (error instanceof AuthError || error instanceof NobodyThere) throw error;
      throw new AuthError(`the token endpoint did not answer: ${error}`);
    } finally {
      end();
    }
  }

  /** OAuth 2.0 client credentials grant: RFC 6749, 4.4, the client authenticated by HTTP Basic (2.3.1). */
  async #fetchToken(auth: OAuth2, send: Send, nowMs: number, signal: AbortSignal): Promise<string> {
    const client = `${encodeURIComponent(auth.clientId)}:${encodeURIComponent(auth.clientSecret)}`;
    const form = new URLSearchParams({ grant_type: "client_credentials" });
    if (auth.scope !== null) form.set("scope", auth.scope);
    const response = await send(auth.tokenUrl, {
      method: "POST",
      headers: {
        Authorization: `Basic ${Buffer.from(client, "utf8").toString("base64")}`,
        "Content-Type": "application/x-www-form-urlencoded",
        Accept: "application/json",
      },
      body: form.toString(),
      signal,
    });
    if (response.status < 200 || response.status > 299) {
      await response.body?.cancel();
      throw new AuthError(`the token endpoint answered ${response.status}`);
    }
    const answer = readToken(await readText(response));
    if (!answer) throw new AuthError("the token endpoint's answer holds no usable access_token");
    const lifetimeMs = (answer.expiresIn ?? DEFAULT_LIFETIME_SECONDS) * 1000;
    this.#previousToken = this.#token?.value ?? this.#previousToken;
    this.#token = {
      value: answer.token,
      renewAt: nowMs + Math.max(lifetimeMs / 2, lifetimeMs - RENEW_BEFORE_MS),
    };
    return answer.token;
  }
}

/** The text of a token endpoint's answer, its content coding undone. Throws AuthError where it is too long or unreadable. */
async function readText({ headers, body }: ReceiverResponse): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done || value === undefined) break;
    parts.push(value);
    size += value.length;
    if (size > MAX_TOKEN_ANSWER_BYTES) {
      await reader.cancel();
      throw new AuthError("the token endpoint's answer is too long");
    }
  }
  const coded = { bytes: Buffer.concat(parts), truncated: false };
  const coding = headers.get("content-encoding");
  const read = coding === null ? coded : await undoCodings(coded, coding, MAX_TOKEN_ANSWER_BYTES);
  if (read === null || read.truncated)
    throw new AuthError("the token endpoint's answer is too long, or in a coding that it is not in");
  return new TextDecoder().decode(read.bytes);
}

function readToken(text: string): { token: string; expiresIn: number | null } | null {
  try {
    const { access_token: token, expires_in: expiresIn } = JSON.parse(text) as Record<string, unknown>;
    if (typeof token !== "string" || !TOKEN.test(token)) return null;
    const seconds = expiresIn === undefined || expiresIn === null ? Number.NaN : Number(expiresIn);
    return { token, expiresIn: Number.isFinite(seconds) ? Math.max(0, seconds) : null };
  } catch {
    return null;
  }
}
