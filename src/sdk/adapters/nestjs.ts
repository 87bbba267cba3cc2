import type { VerifyOptions } from "../verify/time.ts";
import { type NodeRequest, rawBodyOfNode } from "./node-body.ts";
import { type Dialect, judged, type SecretsOf, secretsIn } from "./receiving.ts";

/** What this needs of Nest's `ExecutionContext`. */
interface Context {
  switchToHttp(): { getRequest<Request>(): Request };
}

/** A request that passed the guard. */
export type WithEvent<Event> = NodeRequest & { event: Event };

/**
 * A guard for NestJS, in an application made with `NestFactory.create(AppModule, { rawBody: true })`; above 100 KB also
 * `app.useBodyParser("json", { limit: "2mb" })`:
 * `@UseGuards(webhookGuard(atlas, () => process.env.WEBHOOK_SECRET))`; the handler finds the event in
 * `@Req() request: WithEvent<AtlasEvent>` as `request.event`. What does not verify is answered with 400.
 */
export function webhookGuard<Event>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<NodeRequest>,
  options?: VerifyOptions,
): { canActivate(context: Context): Promise<boolean> } {
  return {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest<WithEvent<Event>>();
      const url = request.originalUrl ?? request.url ?? "";
      const received = { body: await rawBodyOfNode(request), headers: request.headers, url };
      const { event, refusal } = judged(dialect, received, secretsIn(secrets, request), options);
      // What Nest answers without knowing its class, as those of the package http-errors.
      if (refusal) {
        const { status, body } = refusal;
        throw Object.assign(new Error(body), { status, statusCode: status, expose: true });
      }
      request.event = event;
      return true;
    },
  };
}
