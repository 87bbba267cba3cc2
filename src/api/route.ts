import { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { problem } from "../contract/fields.ts";
import { newId } from "../domain/ids.ts";
import type { Permission } from "../domain/roles.ts";
import type { Env } from "../env.ts";
import { type ErrorCode, errorCodes } from "../errors.ts";
import { authorize, authorizeOperator, type Caller } from "./auth.ts";
import { checked, parseJson, readText, SETTINGS_BYTES } from "./body.ts";

export type ApiEnv = { Bindings: Env; Variables: { requestId: string } };
export type Api = OpenAPIHono<ApiEnv>;

/** One route, said once: what is checked, what is answered, and what the OpenAPI document says of it. */
export interface RouteDefinition<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType> {
  method: "get" | "post" | "patch" | "delete";
  /** As OpenAPI writes it: `/v1/keys/{id}`. */
  path: string;
  tag: string;
  summary: string;
  description?: string;
  /** What the key's role must allow; `operator` = ADMIN_TOKEN. */
  access: Permission | "operator";
  query?: Query;
  body?: Body;
  /** An absent body counts as `{}`. */
  bodyOptional?: boolean;
  status: 200 | 201 | 202 | 204;
  answer?: Answer;
  /** Beyond those that every route may answer. */
  errors?: ErrorCode[];
}

/** A request to a route, as its handler sees it. */
export interface Call<Query extends z.ZodType, Body extends z.ZodType> {
  c: Context<ApiEnv>;
  env: Env;
  query: z.output<Query>;
  /** A part of the path, by its name. */
  param(name: string): string;
  /** The body, parsed; throws 400, 413, 415. */
  json(): Promise<unknown>;
  /** The body as its schema gives it; throws 422 too. */
  body(): Promise<z.output<Body>>;
}

export type WorkspaceCall<Query extends z.ZodType, Body extends z.ZodType> = Call<Query, Body> & {
  caller: Caller;
};

type Result<Answer extends z.ZodType> = Promise<z.input<Answer> | Response>;

export function newApi(): Api {
  return new OpenAPIHono<ApiEnv>();
}

/** The id of this request, made at its first use. */
export function requestIdOf(c: Context<ApiEnv>): string {
  const id = c.get("requestId") ?? newId("req", Date.now());
  c.set("requestId", id);
  return id;
}

/** Adds a route for keys of a workspace. */
export function addRoute<
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Answer extends z.ZodType = z.ZodUndefined,
>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer> & { access: Permission },
  handle: (call: WorkspaceCall<Query, Body>) => Result<Answer>,
): void {
  wire(api, definition, async (c) => {
    const caller = await authorize(c, definition.access);
    return handle({ ...callOf(c, definition), caller });
  });
}

/** Adds a route for the operator. */
export function addOperatorRoute<
  Query extends z.ZodType = z.ZodNever,
  Body extends z.ZodType = z.ZodNever,
  Answer extends z.ZodType = z.ZodUndefined,
>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer> & { access: "operator" },
  handle: (call: Call<Query, Body>) => Result<Answer>,
): void {
  wire(api, definition, async (c) => {
    await authorizeOperator(c);
    return handle(callOf(c, definition));
  });
}

function wire<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer>,
  run: (c: Context<ApiEnv>) => Result<Answer>,
): void {
  documentRoute(api, definition);
  const path = definition.path.replaceAll(/\{(\w+)\}/g, ":$1");
  api.on(definition.method.toUpperCase(), path, async (c) => {
    c.header("X-Request-Id", requestIdOf(c));
    const result = await run(c);
    if (result instanceof Response) return result;
    if (definition.status === 204) return c.body(null, 204);
    return c.body(JSON.stringify(result), definition.status, { "Content-Type": "application/json" });
  });
}

function callOf<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  c: Context<ApiEnv>,
  definition: RouteDefinition<Query, Body, Answer>,
): Call<Query, Body> {
  const json = async () => {
    const text = await readText(c.req.raw, SETTINGS_BYTES);
    return text === "" && definition.bodyOptional ? {} : parseJson(text);
  };
  const { query = z.unknown(), body = z.never() } = definition;
  return {
    c,
    env: c.env,
    query: checked(query, c.req.query()) as z.output<Query>,
    param: (name) => c.req.param(name) ?? "",
    json,
    body: async () => checked(body, await json()) as z.output<Body>,
  };
}

/** Puts a route into the OpenAPI document without wiring it. */
export function documentRoute<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer>,
): void {
  const { method, path, tag, summary, description, access, query, body, status, answer } = definition;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  const needs = access === "operator" ? "Needs ADMIN_TOKEN." : `Needs a key that allows \`${access}\`.`;
  const json = (schema: z.ZodType) => ({ "application/json": { schema } });
  api.openAPIRegistry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    description: [description, needs].filter(Boolean).join("\n\n"),
    security: [{ bearer: [] }, { apiKey: [] }],
    request: {
      ...(names.length > 0 ? { params } : {}),
      ...(query === undefined ? {} : { query: query as unknown as z.ZodObject }),
      ...(body === undefined ? {} : { body: { required: !definition.bodyOptional, content: json(body) } }),
    },
    responses: {
      [status]: { description: summary, ...(answer === undefined ? {} : { content: json(answer) }) },
      ...errorResponses(definition),
    },
  });
}

function errorResponses(definition: RouteDefinition<z.ZodType, z.ZodType, z.ZodType>) {
  const codes: ErrorCode[] = ["unauthorized", "forbidden", ...(definition.errors ?? []), "internal"];
  if (definition.path.includes("{")) codes.push("not_found");
  if (definition.query !== undefined) codes.push("invalid_request");
  if (definition.body !== undefined) {
    codes.push("invalid_json", "payload_too_large", "unsupported_media_type", "invalid_request");
  }
  const byStatus = Map.groupBy(new Set(codes), (code) => errorCodes[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\`: ${errorCodes[code].title}`).join("\n\n"),
        content: { "application/problem+json": { schema: problem } },
      },
    ]),
  );
}
