import type { VerifyOptions } from "../verify/time.ts";
import type { RawRequest } from "../verify/webhooks.ts";
import { answerTo, type Dialect, type SecretsOf, secretsIn } from "./receiving.ts";

/** What this needs of Hono's context. */
interface Context {
  readonly req: { readonly raw: RawRequest };
}

/**
 * A handler for Hono: `app.post("/webhooks", receive(atlas, (c) => c.env.WEBHOOK_SECRET, (event) => …))`. It answers
 * 204 once `handle` is done, 400 to what does not verify; what `handle` throws goes to `app.onError`.
 */
export function receive<Event, Own extends Context>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<Own>,
  handle: (event: Event, context: Own) => unknown,
  options?: VerifyOptions,
): (context: Own) => Promise<Response> {
  return (context) =>
    answerTo(
      context.req.raw,
      dialect,
      secretsIn(secrets, context),
      (event) => handle(event, context),
      options,
    );
}
