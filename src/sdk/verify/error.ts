/** Why a delivery must not be trusted, for programs; closed, and the same in every language of this project. */
export type VerificationCode =
  | "header_missing"
  | "header_malformed"
  | "no_match"
  | "too_old"
  | "too_new"
  | "body_parsed"
  | "wrong_secret_kind"
  | "secret_empty"
  | "not_json";

/** What to look at first, for the person who has the error before them. */
const HINTS: Record<VerificationCode, string> = {
  header_missing: "Hand over the request's own headers; proxies may drop some.",
  header_malformed: "Hand over the header as it came, and look whether the endpoint has this dialect.",
  no_match: "Mostly a body that was parsed and written again, or the secret of another endpoint.",
  too_old: "Compare the clocks; a delivery that was kept for later needs toleranceSeconds.",
  too_new: "The clock of this machine is behind.",
  body_parsed: "Read the raw body before any JSON parser does: its exact bytes are signed.",
  wrong_secret_kind: "Copy the whole secret of this endpoint, with its prefix and without spaces.",
  secret_empty: "Is the environment variable set?",
  not_json: "It is signed, but is no JSON object: look whether the endpoint has this dialect.",
};

/** A delivery that must not be trusted. Answer it with 400: it is sent again, and seen in the endpoint's log. */
export class WebhookVerificationError extends Error {
  override readonly name = "WebhookVerificationError";
  readonly code: VerificationCode;
  readonly hint: string;

  constructor(code: VerificationCode, message: string, options?: { cause?: unknown }) {
    super(`${message}. ${HINTS[code]}`, options);
    this.code = code;
    this.hint = HINTS[code];
  }
}
