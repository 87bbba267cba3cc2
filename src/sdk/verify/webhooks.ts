import { type RawBody, rawBodyOf, requireRaw } from "./body.ts";
import { WebhookVerificationError } from "./error.ts";
import type { HeaderSource } from "./headers.ts";
import { type Secrets, secretsOf } from "./secrets.ts";
import { requireRecent, type VerifyOptions } from "./time.ts";

/** What a request says of its signatures. */
export interface Signed {
  /** What is signed in front of the body. */
  prefix: string;
  /** The time that is signed, Unix seconds; null where the dialect signs none. */
  timestamp: string | null;
  signatures: readonly string[];
}

/** What this needs of a Fetch API `Request`. */
export interface RawRequest {
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly bodyUsed: boolean;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** How the deliveries of one dialect are verified: everything that distinguishes it. */
export interface SignatureRule<Source, Key, Event> {
  /** Throws WebhookVerificationError if the secret is of another kind. */
  key(secret: string): Key;
  /** Throws WebhookVerificationError if it is missing or malformed. */
  read(source: Source): Signed;
  isSigned(signed: Signed, body: RawBody, key: Key): boolean;
  /** Throws WebhookVerificationError if the body is not of the dialect's form. */
  event(body: RawBody, source: Source): Event;
  /** What `read` needs of a request; its headers unless given. */
  sourceOf?(received: Received): Source;
}

/** The parts of a request that a receiver has in its hands. */
export interface Received {
  body: RawBody;
  headers: HeaderSource;
  /** As it was called, whole or without its origin; `voice` alone looks at it. */
  url: string;
}

export interface Verification<Source, Event> {
  /**
   * Verifies a delivery and returns its event, synchronously. Throws WebhookVerificationError if no secret signed this
   * body, or not within the tolerance. `body`: the raw request body, a string or bytes.
   */
  verify<Told extends Event = Event>(
    body: RawBody,
    source: Source,
    secret: Secrets,
    options?: VerifyOptions,
  ): Told;
  /** Verifies as `verify` does, for every dialect alike: it takes what it needs of the request. */
  verifyReceived<Told extends Event = Event>(
    received: Received,
    secret: Secrets,
    options?: VerifyOptions,
  ): Told;
  /** Verifies a Fetch API `Request`, whose raw body it reads itself. */
  verifyRequest<Told extends Event = Event>(
    request: RawRequest,
    secret: Secrets,
    options?: VerifyOptions,
  ): Promise<Told>;
}

export interface SignOptions {
  /** Unix milliseconds; the clock's unless given. */
  now?: number;
  /** The event's id, where a header carries it; a new one unless given. */
  id?: string;
}

/** Verification, and for tests its counterpart. */
export interface Webhooks<Source, Event> extends Verification<Source, Event> {
  /** For tests: the headers with which the service sends this body. Several secrets sign as during a rotation. */
  sign(body: RawBody, secret: Secrets, options?: SignOptions): Record<string, string>;
}

/** Verification by a rule. */
export function verificationBy<Source, Key, Event>(
  rule: SignatureRule<Source, Key, Event>,
): Verification<Source, Event> {
  function verify<Told extends Event>(
    body: RawBody,
    source: Source,
    secret: Secrets,
    options: VerifyOptions = {},
  ): Told {
    requireRaw(body);
    const keys = secretsOf(secret).map((one) => rule.key(one));
    const signed = rule.read(source);
    if (!keys.some((key) => rule.isSigned(signed, body, key))) {
      throw new WebhookVerificationError("no_match", "No signature belongs to this body and secret");
    }
    if (signed.timestamp !== null) requireRecent(signed.timestamp, options);
    return rule.event(body, source) as Told;
  }
  function verifyReceived<Told extends Event>(
    received: Received,
    secret: Secrets,
    options?: VerifyOptions,
  ): Told {
    const source = rule.sourceOf?.(received) ?? (received.headers as Source);
    return verify<Told>(received.body, source, secret, options);
  }
  async function verifyRequest<Told extends Event>(
    request: RawRequest,
    secret: Secrets,
    options?: VerifyOptions,
  ): Promise<Told> {
    const { headers, url } = request;
    return verifyReceived<Told>({ body: await rawBodyOf(request), headers, url }, secret, options);
  }
  return { verify, verifyReceived, verifyRequest };
}
