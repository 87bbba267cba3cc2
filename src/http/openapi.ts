import { getRefId } from "@asteasolutions/zod-to-openapi";
import { z } from "@hono/zod-openapi";
import type { Api } from "./context.ts";

export type OpenApiDocument = ReturnType<Api["getOpenAPI31Document"]>;

/** What the API's paths begin with. */
export const API_VERSION = "1";

let written: OpenApiDocument | null = null;

/**
 * The OpenAPI 3.1 document of all routes, written once per isolate from the schemas that check the requests.
 * @param tags the parts of the document in their order, each with what it is about
 */
export function openApiDocument(api: Api, tags: Record<string, string>): OpenApiDocument {
  written ??= document(api, tags);
  return written;
}

function document(api: Api, tags: Record<string, string>): OpenApiDocument {
  const { openAPIRegistry: registry } = api;
  registry.registerComponent("securitySchemes", "bearer", {
    type: "http",
    scheme: "bearer",
    description: "A workspace's key (`ak_…`), or ADMIN_TOKEN for the operator's routes.",
  });
  registry.registerComponent("securitySchemes", "apiKey", { type: "apiKey", in: "header", name: "api-key" });
  nameWithoutNull(registry);
  const document = api.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Atlas Webhooks",
      version: API_VERSION,
      description:
        "Delivers events to HTTPS endpoints: signed, in order, retried, dead-lettered, replayable for 30 days.",
      license: { name: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  });
  allowNullBesideReferences(document);
  return document;
}

/**
 * Has each named schema told of as itself. The library writes the first of its uses under its name, and where that one
 * may be null, so might all: generators drop what they take for a contradiction.
 */
function nameWithoutNull(registry: Api["openAPIRegistry"]): void {
  const named = new Map<string, z.ZodType>();
  const seen = new Set<object>();
  const look = (part: unknown) => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    const name = part instanceof z.ZodNullable ? getRefId(part) : undefined;
    if (name !== undefined && !isUnion(part as z.ZodType)) named.set(name, withoutNull(part as z.ZodType));
    for (const inner of Object.values(part instanceof z.ZodType ? part._zod.def : part)) look(inner);
  };
  look(registry.definitions);
  for (const [name, schema] of named) registry.register(name, schema);
}

/** The null of a union is one of its members: the library writes it under the name alone, and generators take it. */
function isUnion(schema: z.ZodType): boolean {
  return withoutNull(schema) instanceof z.ZodUnion;
}

function withoutNull(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodNullable ? withoutNull(schema.unwrap() as z.ZodType) : schema;
}

/**
 * A named schema that may also be null is written by the library as `allOf` of the name and of `["object", "null"]`,
 * which no null fits: it is one or the other.
 */
function allowNullBesideReferences(part: unknown): void {
  if (typeof part !== "object" || part === null) return;
  for (const inner of Object.values(part)) allowNullBesideReferences(inner);
  const { allOf } = part as { allOf?: { $ref?: string; type?: unknown }[] };
  const [named, beside] = allOf ?? [];
  if (named?.$ref === undefined || !Array.isArray(beside?.type) || !beside.type.includes("null")) return;
  const { type: _type, ...told } = beside;
  Object.assign(part, { allOf: undefined, oneOf: [named, { type: "null" }], ...told });
}
