import type { VerifyOptions } from "../verify/time.ts";
import type { RawRequest } from "../verify/webhooks.ts";
import { answerTo, type Dialect, type SecretsOf, secretsIn } from "./receiving.ts";

/**
 * A route handler of Next.js: in `app/webhooks/route.ts`,
 * `export const POST = receive(atlas, () => process.env.WEBHOOK_SECRET ?? "", async (event) => …)`. It answers 204 once
 * `handle` is done, 400 to what does not verify, and as Next.js does where `handle` throws.
 */
export function receive<Event, Request extends RawRequest>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<Request>,
  handle: (event: Event, request: Request) => unknown,
  options?: VerifyOptions,
): (request: Request) => Promise<Response> {
  return (request) =>
    answerTo(request, dialect, secretsIn(secrets, request), (event) => handle(event, request), options);
}
