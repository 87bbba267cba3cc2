import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Author, authorOf } from "../changes/author.ts";
import { oneAfterAnother } from "../changes/write-turns.ts";
import { checked } from "../contract/field-errors.ts";
import type { Permission } from "../domain/roles.ts";
import { type Reach, wholeWorkspace } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { invalid } from "../errors.ts";
import { answerOnceInD1, type EnsureHolds } from "../idempotency/d1.ts";
import { idempotencyKeyIn, onceOf, REPEATED_HEADER, runAlone } from "../idempotency/http.ts";
import type { Once } from "../idempotency/requests.ts";
import { authorize, authorizeOperator } from "./auth.ts";
import { SETTINGS_BYTES } from "./body.ts";
import { requestDigest } from "./body-digest.ts";
import { readText } from "./body-text.ts";
import type { Caller } from "./caller.ts";
import { type Api, type ApiEnv, besideOf, requestIdOf } from "./context.ts";
import { documentRoute } from "./document-route.ts";
import { parseObject } from "./json-object.ts";
import { releaseAfter } from "./request-memory.ts";
import type { RouteDefinition } from "./route-definition.ts";

/** A request to a route, as its handler sees it. */
export interface Call<Query extends z.ZodType, Body extends z.ZodType> {
  c: Context<ApiEnv>;
  env: Env;
  query: z.output<Query>;
  /** With an Idempotency-Key; otherwise null. */
  once: Once | null;
  /** A part of the path, by its name. */
  param(name: string): string;
  /** The body's text; throws 400, 413, 415. */
  text(): Promise<string>;
  /** The body, parsed; throws 400, 413, 415. */
  json(): Promise<unknown>;
  /** The body as its schema gives it; throws 422 too. */
  body(): Promise<z.output<Body>>;
}

export type WorkspaceCall<Query extends z.ZodType, Body extends z.ZodType> = Call<Query, Body> & {
  caller: Caller;
  author: Author;
};

const NOTHING = z.strictObject({});

type Result<Answer extends z.ZodType> = Promise<z.input<Answer> | Response>;

/**
 * How routes are added.
 * @param ensureHolds what is made sure of before the answer to an earlier request is given again
 */
export function routesWith(ensureHolds: EnsureHolds) {
  /** Adds a route for keys of a workspace. */
  function addRoute<
    Query extends z.ZodType = z.ZodNever,
    Body extends z.ZodType = z.ZodNever,
    Answer extends z.ZodType = z.ZodUndefined,
  >(
    api: Api,
    definition: RouteDefinition<Query, Body, Answer> & {
      access: Permission;
      /** Who calls; absent = whose key the request carries. */
      admit?: (c: Context<ApiEnv>) => Promise<Caller>;
    },
    handle: (call: WorkspaceCall<Query, Body>) => Result<Answer>,
  ): void {
    wire(api, definition, ensureHolds, async (c) => {
      const caller = await (definition.admit?.(c) ?? authorize(c, definition.access));
      return {
        reach: caller,
        handle: (call) => {
          const work = () => handle({ ...call, caller, author: authorOf(caller, call.once) });
          return definition.inTurn ? oneAfterAnother(caller.workspaceId, work) : work();
        },
      };
    });
  }

  /** Adds a route for the operator. */
  function addOperatorRoute<
    Query extends z.ZodType = z.ZodNever,
    Body extends z.ZodType = z.ZodNever,
    Answer extends z.ZodType = z.ZodUndefined,
  >(
    api: Api,
    definition: RouteDefinition<Query, Body, Answer> & { access: "operator" },
    handle: (call: Call<Query, Body>) => Result<Answer>,
  ): void {
    wire(api, definition, ensureHolds, async (c) => {
      await authorizeOperator(c);
      return { reach: wholeWorkspace("operator"), handle };
    });
  }

  return { addRoute, addOperatorRoute };
}

/** A request whose key was found good: whose it is, and what it leads to. */
interface Admitted<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  /** What an Idempotency-Key is unique in: the workspace, a customer's part of it, or `operator`. */
  reach: Reach;
  handle(call: Call<Query, Body>): Result<Answer>;
}

function wire<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer>,
  ensureHolds: EnsureHolds,
  admit: (c: Context<ApiEnv>) => Promise<Admitted<Query, Body, Answer>>,
): void {
  documentRoute(api, definition);
  const path = definition.path.replaceAll(/\{(\w+)\}/g, ":$1");
  api.on(definition.method.toUpperCase(), path, (c) =>
    releaseAfter(c, () => answer(c, definition, ensureHolds, admit)),
  );
}

async function answer<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  c: Context<ApiEnv>,
  definition: RouteDefinition<Query, Body, Answer>,
  ensureHolds: EnsureHolds,
  admit: (c: Context<ApiEnv>) => Promise<Admitted<Query, Body, Answer>>,
): Promise<Response> {
  c.header("X-Request-Id", requestIdOf(c));
  const admitted = await admit(c);
  if (definition.method === "post" && definition.body === undefined) await refuseFields(c, definition);
  const key = definition.method === "post" ? idempotencyKeyIn(c.req.raw.headers) : null;
  const result =
    key === null
      ? await admitted.handle(callOf(c, definition, null))
      : await onceOnly(c, key, definition, ensureHolds, admitted);
  if (result instanceof Response) return result;
  if (definition.status === 204) return c.body(null, 204);
  return c.body(JSON.stringify(result), definition.status as 200, { "Content-Type": "application/json" });
}

/** The answer to a POST with an Idempotency-Key: the work is done, and the answer kept, once. */
async function onceOnly<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  c: Context<ApiEnv>,
  key: string,
  definition: RouteDefinition<Query, Body, Answer>,
  ensureHolds: EnsureHolds,
  { reach, handle }: Admitted<Query, Body, Answer>,
): Promise<Response> {
  const sent = definition.body === undefined ? "" : await bodyText(c, definition);
  const digest = await requestDigest(c.req.url, sent);
  const once = onceOf(reach, c.req.path, key, digest, definition.status);
  const work = async () => textOf(await handle(callOf(c, definition, once, sent)));
  const text = await runAlone(once, besideOf(c), () => answerOnceInD1(c.env, reach, once, ensureHolds, work));
  return c.body(text, definition.status as 200 | 201 | 202, {
    "Content-Type": "application/json",
    ...(once.isRepeated ? REPEATED_HEADER : {}),
  });
}

function bodyText(
  c: Context<ApiEnv>,
  { bodyBytes = SETTINGS_BYTES }: { bodyBytes?: number },
): Promise<string> {
  return readText(c, bodyBytes);
}

/** What has no fields takes no body, or an empty one: who sends fields expects them to count. */
async function refuseFields(c: Context<ApiEnv>, definition: { bodyBytes?: number }): Promise<void> {
  const sent = await bodyText(c, definition);
  if (sent !== "") checked(NOTHING, parseObject(sent));
}

async function textOf(result: unknown): Promise<string> {
  return result instanceof Response ? result.text() : JSON.stringify(result);
}

function callOf<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  c: Context<ApiEnv>,
  definition: RouteDefinition<Query, Body, Answer>,
  once: Once | null,
  sent?: string,
): Call<Query, Body> {
  const text = async () => sent ?? bodyText(c, definition);
  const json = async () => {
    const given = await text();
    return given === "" && definition.bodyOptional ? {} : parseObject(given);
  };
  const { body = z.never() } = definition;
  return {
    c,
    env: c.env,
    once,
    query: queryOf(c, definition) as z.output<Query>,
    text,
    param: (name) => c.req.param(name) ?? "",
    json,
    body: async () => checked(body, await json()) as z.output<Body>,
  };
}

function queryOf(
  c: Context<ApiEnv>,
  {
    query,
    passesOverParameters,
  }: Pick<RouteDefinition<z.ZodType, z.ZodType, z.ZodType>, "query" | "passesOverParameters">,
): unknown {
  if (query !== undefined) return checked(query, parametersOf(c));
  if (!passesOverParameters) refuseParameters(c);
}

/** For a route without parameters. Throws 422 that names those it was given: who sends one expects it to count. */
export function refuseParameters(c: Context<ApiEnv>): void {
  if (c.req.url.includes("?")) checked(NOTHING, parametersOf(c));
}

/** The query's parameters. Throws 422 for one that occurs twice: of two values either could be meant. */
export function parametersOf(c: Context<ApiEnv>): Record<string, string> {
  const repeated = Object.entries(c.req.queries()).filter(([, values]) => values.length > 1);
  if (repeated.length > 0)
    throw invalid(repeated.map(([path]) => ({ path, message: "must not occur twice" })));
  return c.req.query();
}
