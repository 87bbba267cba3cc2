import { z } from "@hono/zod-openapi";
import { problem } from "../contract/fields.ts";
import { type ErrorCode, errorCodes } from "../errors.ts";
import type { Api } from "./context.ts";
import type { RouteDefinition } from "./route-definition.ts";

/** Puts a route into the OpenAPI document without wiring it. */
export function documentRoute<Query extends z.ZodType, Body extends z.ZodType, Answer extends z.ZodType>(
  api: Api,
  definition: RouteDefinition<Query, Body, Answer>,
): void {
  const { method, path, parts, operationId, tag, summary, description } = definition;
  const { access, query, body, status, answer } = definition;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  const params = z.object(
    Object.fromEntries(
      names.map((name) => [name, z.string().openapi({ description: parts?.[name] ?? partOf(path, name) })]),
    ),
  );
  const needs = access === "operator" ? "Needs ADMIN_TOKEN." : `Needs a key that allows \`${access}\`.`;
  const json = (schema: z.ZodType) => ({ "application/json": { schema } });
  api.openAPIRegistry.registerPath({
    method,
    path,
    operationId,
    tags: [tag],
    summary,
    description: [description, needs].filter(Boolean).join("\n\n"),
    security: [{ bearer: [] }, { apiKey: [] }],
    request: {
      ...(method === "post" ? { headers: idempotencyHeader } : {}),
      ...(names.length > 0 ? { params } : {}),
      ...(query === undefined ? {} : { query: query as unknown as z.ZodObject }),
      ...(body === undefined ? {} : { body: { required: !definition.bodyOptional, content: json(body) } }),
    },
    responses: {
      [status]: {
        description: summary,
        ...(method === "post" ? { headers: replayedHeader } : {}),
        ...(answer === undefined ? {} : { content: json(answer) }),
      },
      ...errorResponses(codesOf(definition)),
    },
  });
}

/** What stands in a path's place: `/v1/keys/{id}` → the id of the key. */
function partOf(path: string, name: string): string {
  const [, list = ""] = path.match(new RegExp(`([\\w-]+)/\\{${name}\\}`)) ?? [];
  return `The id of the ${list.replaceAll("-", " ").replace(/ies$/, "y").replace(/s$/, "")}.`;
}

const idempotencyHeader = z.object({
  "Idempotency-Key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .openapi({
      description:
        "Makes the request safe to repeat: for 24 h the first good answer is given again, with `Idempotency-Replayed: true`.",
      example: "6f1c2a9e-deal-8f2a",
    }),
});

const replayedHeader = z.object({
  "Idempotency-Replayed": z
    .literal("true")
    .optional()
    .openapi({ description: "This is the answer to an earlier request with the same Idempotency-Key." }),
});

/** Every code that a route may answer. */
function codesOf(definition: RouteDefinition<z.ZodType, z.ZodType, z.ZodType>): ErrorCode[] {
  const codes: ErrorCode[] = ["unauthorized", "forbidden", ...(definition.errors ?? []), "internal"];
  if (definition.path.includes("{")) codes.push("not_found");
  if (definition.access !== "operator") codes.push("rate_limited");
  if (definition.method === "post") codes.push("invalid_request", "idempotency_conflict", "in_progress");
  if (definition.query !== undefined || !definition.passesOverParameters) codes.push("invalid_request");
  if (definition.body !== undefined) {
    codes.push("invalid_json", "payload_too_large", "unsupported_media_type", "invalid_request");
  }
  const { invalid = "invalid_request" } = definition;
  return codes.map((code) => (code === "invalid_request" ? invalid : code));
}

/** The answers of error codes, one entry for each status. */
export function errorResponses(codes: readonly ErrorCode[]) {
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
