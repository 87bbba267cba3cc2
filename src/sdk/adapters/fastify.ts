import type { RawBody } from "../verify/body.ts";
import type { VerifyOptions } from "../verify/time.ts";
import type { FastifyInstance, FastifyRequest, FastifyScope } from "./fastify-scope.ts";
import { type Dialect, JSON_HEADERS, judged, type SecretsOf, secretsIn, TAKEN } from "./receiving.ts";

/**
 * A plugin for Fastify, whose own parsers stay as they are elsewhere:
 * `app.register(receive("/webhooks", atlas, () => process.env.WEBHOOK_SECRET, async (event) => …))`. It answers 204 once
 * `handle` is done, 400 to what does not verify; what `handle` throws goes to Fastify.
 */
export function receive<Event>(
  path: string,
  dialect: Dialect<Event>,
  secrets: SecretsOf<FastifyRequest>,
  handle: (event: Event, request: FastifyRequest) => unknown,
  options?: VerifyOptions,
): (instance: FastifyInstance) => Promise<void> {
  return async (instance) => {
    const scope = instance as FastifyScope;
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.post(path, async (request, reply) => {
      const { headers, url = "", body = "" } = request;
      const { event, refusal } = judged(
        dialect,
        { body: body as RawBody, headers, url },
        secretsIn(secrets, request),
        options,
      );
      if (refusal) return reply.code(refusal.status).headers(JSON_HEADERS).send(refusal.body);
      await handle(event, request);
      return reply.code(TAKEN).send();
    });
  };
}
