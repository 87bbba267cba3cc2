import type { VerifyOptions } from "../verify/time.ts";
import { type NodeRequest, rawBodyOfNode } from "./node-body.ts";
import { type Dialect, JSON_HEADERS, judged, type SecretsOf, secretsIn, TAKEN } from "./receiving.ts";

/** What this needs of Express's response. */
interface Response {
  writeHead(status: number, headers?: Record<string, string>): Response;
  end(body?: string): unknown;
}

/**
 * A handler for Express, in front of any `express.json()`:
 * `app.post("/webhooks", receive(atlas, () => process.env.WEBHOOK_SECRET, async (event) => …))`. It answers 204 once
 * `handle` is done, 400 to what does not verify; what `handle` throws goes to Express.
 */
export function receive<Event, Request extends NodeRequest>(
  dialect: Dialect<Event>,
  secrets: SecretsOf<Request>,
  handle: (event: Event, request: Request) => unknown,
  options?: VerifyOptions,
): (request: Request, response: Response, next: (error: unknown) => void) => Promise<void> {
  return async (request, response, next) => {
    try {
      const url = request.originalUrl ?? request.url ?? "";
      const received = { body: await rawBodyOfNode(request), headers: request.headers, url };
      const { event, refusal } = judged(dialect, received, secretsIn(secrets, request), options);
      if (refusal) return void response.writeHead(refusal.status, JSON_HEADERS).end(refusal.body);
      await handle(event, request);
      response.writeHead(TAKEN).end();
    } catch (error) {
      next(error);
    }
  };
}
