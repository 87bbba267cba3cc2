import type { VerifyOptions } from "../verify/time.ts";
import { type Dialect, JSON_HEADERS, judged, type SecretsOf, secretsIn, TAKEN } from "./receiving.ts";

/** What this needs of the event of a function URL or of API Gateway, in either version of its format. */
interface Invocation {
  body?: string | null;
  isBase64Encoded?: boolean;
  headers: Readonly<Record<string, string | undefined>> | null;
  rawPath?: string;
  rawQueryString?: string;
  path?: string;
}

/**
 * A handler for AWS Lambda behind a function URL or API Gateway:
 * `export const handler = receive(atlas, () => process.env.WEBHOOK_SECRET, async (event) => …)`. It answers 204 once
 * `handle` is done, 400 to what does not verify; what `handle` throws fails the invocation, which is answered with 5xx.
 */
export function receive<Event, Own extends Invocation>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<Own>,
  handle: (event: Event, invocation: Own) => unknown,
  options?: VerifyOptions,
): (invocation: Own) => Promise<{ statusCode: number; headers?: Record<string, string>; body?: string }> {
  return async (invocation) => {
    const { body: text, isBase64Encoded, headers, rawPath, rawQueryString, path = "" } = invocation;
    const body = isBase64Encoded ? Buffer.from(text ?? "", "base64") : (text ?? "");
    const url = rawPath === undefined ? path : rawPath + (rawQueryString ? `?${rawQueryString}` : "");
    const received = { body, headers: headers ?? {}, url };
    const { event, refusal } = judged(dialect, received, secretsIn(secrets, invocation), options);
    if (refusal) return { statusCode: refusal.status, headers: JSON_HEADERS, body: refusal.body };
    await handle(event, invocation);
    return { statusCode: TAKEN };
  };
}
