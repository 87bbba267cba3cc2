import { deeperThan, MAX_DEPTH } from "../domain/nesting.ts";
import { VERSION } from "../domain/version.ts";
import { ApiError } from "../errors.ts";
import { identify, keyIn } from "../http/auth.ts";
import { parseJson, SETTINGS_BYTES } from "../http/body.ts";
import { readText } from "../http/body-text.ts";
import type { Caller } from "../http/caller.ts";
import { newApi, requestIdOf } from "../http/context.ts";
import { originOf } from "../http/origin.ts";
import { releaseAfter } from "../http/request-memory.ts";
import { boundedCalls } from "../mcp/bounded-calls.ts";
import { Confirmations } from "../mcp/confirmations.ts";
import { answerOverHttp, type HttpReply } from "../mcp/over-http.ts";
import { ERRORS, errorReply } from "../mcp/protocol.ts";
import { Toolbox } from "../mcp/toolbox.ts";
import { Atlas } from "../sdk/client/index.ts";
import { isLinkSigned, signLink } from "../seal/link-signature.ts";

/** `/mcp`: the workspace for agents, over the Model Context Protocol, with the tools of `atlas mcp`. */
export const mcpRoutes = newApi();

/** An event's data lies so deep in a message: in its params, the arguments of the tool, and one of them. */
const ENVELOPE = 3;

/** What one POST may ask of the API. A page of an explanation asks up to 50 endpoints, and Cloudflare allows 10,000 calls. */
const MOST_CALLS = 200;

mcpRoutes.post("/mcp", (c) =>
  releaseAfter(c, async () => {
    c.header("X-Request-Id", requestIdOf(c));
    const caller = await identify(c);
    // A page of another origin may have been led here by a name that it has changed the address of.
    const origin = c.req.header("origin");
    if (origin !== undefined && origin !== originOf(c))
      throw new ApiError("forbidden", "Pages of another origin may not call /mcp.");
    const toolbox = new Toolbox({
      atlas: new Atlas({
        key: keyIn(c),
        baseUrl: new URL(c.req.url).origin,
        retries: 0,
        // The way of anybody's request, without leaving the Worker: what the key may do is judged there.
        fetch: boundedCalls((request) => c.var.callApi(request), MOST_CALLS),
      }),
      caller: { role: caller.role, isReadOnly: caller.scope?.readOnly ?? false },
      confirmations: confirmationsFor(caller, c.env),
    });
    const given = read(await readText(c, SETTINGS_BYTES));
    const { status, reply } =
      "problem" in given
        ? given.problem
        : await answerOverHttp(
            given.value,
            (name) => c.req.header(name),
            { version: VERSION, toolbox },
            c.req.raw.signal,
          );
    return reply === null ? c.body(null, status as 202) : c.json(reply, status as 200 | 400 | 404);
  }),
);

/** A body as JSON, or what is said of one that is none. */
function read(text: string): { value: unknown } | { problem: HttpReply } {
  const refuse = (code: number, message: string) => ({
    problem: { status: 400, reply: errorReply(undefined, code, message) },
  });
  if (deeperThan(text, MAX_DEPTH + ENVELOPE) !== null)
    return refuse(ERRORS.invalidRequest, `The body must not be nested deeper than ${MAX_DEPTH} levels.`);
  try {
    return { value: parseJson(text) };
  } catch (error) {
    if (error instanceof ApiError) return refuse(ERRORS.notJson, error.message);
    throw error;
  }
}

/** A plan is carried out with the key that it was made with, wherever that arrives. */
function confirmationsFor({ keyId }: Caller, env: { ENCRYPTION_KEY: string }): Confirmations {
  // Other links are signed by the same key.
  const purpose = (content: string) => `replay by ${keyId} ${content}`;
  return new Confirmations({
    sign: (content) => signLink(purpose(content), env),
    isSigned: (content, signature) => isLinkSigned(purpose(content), signature, env),
  });
}
