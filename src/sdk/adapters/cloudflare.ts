import type { VerifyOptions } from "../verify/time.ts";
import type { RawRequest } from "../verify/webhooks.ts";
import { answerTo, type Dialect, type SecretsOf, secretsIn } from "./receiving.ts";

/**
 * The `fetch` of a Cloudflare Worker:
 * `export default { fetch: receive(atlas, (env: Env) => env.WEBHOOK_SECRET, async (event, env, ctx) => …) }`. It answers
 * 204 once `handle` is done, 400 to what does not verify; what `handle` throws makes 500, and the delivery is retried.
 */
export function receive<Event, Env, ExecutionContext>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<Env>,
  handle: (event: Event, env: Env, context: ExecutionContext) => unknown,
  options?: VerifyOptions,
): (request: RawRequest, env: Env, context: ExecutionContext) => Promise<Response> {
  return (request, env, context) =>
    answerTo(request, dialect, secretsIn(secrets, env), (event) => handle(event, env, context), options);
}
