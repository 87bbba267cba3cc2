import { rawBodyOf } from "../verify/body.ts";
import { WebhookVerificationError } from "../verify/error.ts";
import type { Secrets } from "../verify/secrets.ts";
import type { VerifyOptions } from "../verify/time.ts";
import type { RawRequest, Received } from "../verify/webhooks.ts";

/** One dialect: `atlas`, `standard` and so on. */
export interface Dialect<Event> {
  readonly webhooks: { verifyReceived(received: Received, secret: Secrets, options?: VerifyOptions): Event };
}

/** The secrets, or where they are in what the framework hands over, such as a Worker's `env`. */
export type SecretsOf<Context> = Secrets | ((context: Context) => Secrets | undefined);

/** An answer to the sender: 204 without a body where the event was taken. */
export interface Answer {
  status: number;
  /** JSON. */
  body: string;
}

export const JSON_HEADERS = { "Content-Type": "application/json" };

/** The status where an event was taken. */
export const TAKEN = 204;

/**
 * The event, or what to answer where the delivery does not verify: 400, or 500 where it is the receiver that is set up
 * wrongly. The sender tries both again.
 */
export function judged<Event>(
  dialect: Dialect<Event>,
  received: Received,
  secrets: Secrets | undefined,
  options?: VerifyOptions,
): { event: Event; refusal: null } | { event: null; refusal: Answer } {
  try {
    return { event: dialect.webhooks.verifyReceived(received, secrets ?? "", options), refusal: null };
  } catch (error) {
    return { event: null, refusal: refusalOf(error) };
  }
}

function refusalOf(error: unknown): Answer {
  if (!(error instanceof WebhookVerificationError)) throw error;
  const { code, hint } = error;
  const isOwnFault = code === "secret_empty" || code === "wrong_secret_kind" || code === "body_parsed";
  return { status: isOwnFault ? 500 : 400, body: JSON.stringify({ code, hint }) };
}

export function secretsIn<Context>(secrets: SecretsOf<Context>, context: Context): Secrets | undefined {
  return typeof secrets === "function" ? secrets(context) : secrets;
}

/** Verifies a Fetch API request, hands its event over, and answers. */
export async function answerTo<Event>(
  request: RawRequest,
  dialect: Dialect<Event>,
  secrets: Secrets | undefined,
  handle: (event: Event) => unknown,
  options?: VerifyOptions,
): Promise<Response> {
  const { headers, url } = request;
  const { event, refusal } = judged(
    dialect,
    { body: await rawBodyOf(request), headers, url },
    secrets,
    options,
  );
  if (refusal) return new Response(refusal.body, { status: refusal.status, headers: JSON_HEADERS });
  await handle(event);
  return new Response(null, { status: TAKEN });
}
