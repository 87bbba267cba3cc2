import { standard } from "../../sdk/ed25519.ts";
import {
  atlas,
  atomic,
  brokers,
  cloudevents,
  support,
  voice,
  WebhookVerificationError,
} from "../../sdk/index.ts";
import type { WrittenRequest } from "./http-request.ts";

/** What one dialect says of a request. */
export interface Judgement {
  dialect: string;
  isValid: boolean;
  /** Null where it is valid. */
  code: string | null;
  message: string | null;
  hint: string | null;
  /** Which of the secrets signed it, from 1; null where none did. */
  secret: number | null;
}

interface Verifier {
  webhooks: {
    verifyReceived(
      received: { body: Uint8Array; headers: [string, string][] | Headers; url: string },
      secret: string,
      options: { toleranceSeconds: number; now: number },
    ): unknown;
  };
  /** A header that requests of this dialect carry, in small letters; null = nothing tells. */
  mark: string | null;
}

/** Dialects whose requests say more of themselves come first: a request of `cloudevents` is signed as `standard` is. */
const VERIFIERS: Readonly<Record<string, Verifier>> = {
  atlas: { ...atlas, mark: "atlas-signature" },
  standard: { ...standard, mark: "webhook-signature" },
  cloudevents: { ...cloudevents, mark: "webhook-signature" },
  support: { ...support, mark: "x-atlas-webhook-signature" },
  brokers: { ...brokers, mark: "x-webhook-secret" },
  atomic: { ...atomic, mark: "x-atomic-signature" },
  voice: { ...voice, mark: null },
} as Readonly<Record<string, Verifier>>;

export const DIALECT_NAMES: readonly string[] = Object.keys(VERIFIERS);

/**
 * What each dialect says of a request: of those named, or else of those whose header it carries (of all but `voice` where
 * there is none such). `now`: Unix milliseconds.
 */
export function judge(
  request: WrittenRequest,
  secrets: readonly string[],
  { dialect, toleranceSeconds, now }: { dialect?: string; toleranceSeconds: number; now: number },
): Judgement[] {
  const names = new Set(request.headers.map(([name]) => name.toLowerCase()));
  const marked = DIALECT_NAMES.filter((name) => names.has(VERIFIERS[name]?.mark ?? ""));
  const asked =
    dialect === undefined
      ? marked.length > 0
        ? marked
        : DIALECT_NAMES.filter((name) => name !== "voice")
      : [dialect];
  return asked.map((name) => {
    let why: WebhookVerificationError | null = null;
    for (const [at, secret] of secrets.entries()) {
      const error = refusal(VERIFIERS[name] as Verifier, request, secret, { toleranceSeconds, now });
      if (error === null)
        return { dialect: name, isValid: true, code: null, message: null, hint: null, secret: at + 1 };
      // A secret that signed, but long ago, says more than one that did not.
      if (why === null || why.code === "no_match" || why.code === "wrong_secret_kind") why = error;
    }
    return {
      ...{ dialect: name, isValid: false, secret: null },
      ...{ code: why?.code ?? null, message: why?.message ?? null, hint: why?.hint ?? null },
    };
  });
}

function refusal(
  { webhooks }: Verifier,
  { body, headers, target }: WrittenRequest,
  secret: string,
  options: { toleranceSeconds: number; now: number },
): WebhookVerificationError | null {
  try {
    webhooks.verifyReceived({ body, headers: new Headers(headers), url: target }, secret, options);
    return null;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error;
    throw error;
  }
}
