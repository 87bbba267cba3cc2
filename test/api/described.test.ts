import { expect, it } from "vitest";
import { call } from "./client.ts";

interface Schema {
  description?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
}

/** The properties within a schema that say nothing of what they are: of themselves, or of the schema they refer to. */
function undescribed(schema: Schema, path: string, schemas: Record<string, Schema>): string[] {
  const saysSomething = (one: Schema): boolean =>
    Boolean(one.description?.trim()) ||
    (one.$ref !== undefined && saysSomething(schemas[one.$ref.split("/").at(-1) ?? ""] ?? {})) ||
    [...(one.anyOf ?? []), ...(one.oneOf ?? []), ...(one.allOf ?? [])].some(saysSomething);
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, property]) => [
    ...(saysSomething(property) ? [] : [`${path}.${name}`]),
    ...undescribed(property, `${path}.${name}`, schemas),
  ]);
  const { items, additionalProperties } = schema;
  const parts = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
  if (items) parts.push(items);
  if (typeof additionalProperties === "object") parts.push(additionalProperties);
  return [...own, ...parts.flatMap((part) => undescribed(part, `${path}[]`, schemas))];
}

it("every property, parameter and header of the OpenAPI document says what it is", async () => {
  const { body } = await call("GET", "/openapi.json");
  const schemas: Record<string, Schema> = body.components.schemas;
  const silent = Object.entries(schemas).flatMap(([name, schema]) => undescribed(schema, name, schemas));
  for (const [path, methods] of Object.entries<Record<string, object>>(body.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const {
        parameters = [],
        requestBody,
        responses,
      } = operation as {
        parameters?: { name: string; description?: string; schema?: Schema }[];
        requestBody?: { content: Record<string, { schema: Schema }> };
        responses: Record<
          string,
          { content?: Record<string, { schema: Schema }>; headers?: Record<string, Schema> }
        >;
      };
      const at = `${method} ${path}`;
      for (const one of parameters) {
        if (!(one.description ?? one.schema?.description)) silent.push(`${at} ?${one.name}`);
      }
      for (const [status, { content, headers }] of Object.entries({
        body: requestBody ?? {},
        ...responses,
      } as typeof responses)) {
        for (const { schema } of Object.values(content ?? {}))
          silent.push(...undescribed(schema, `${at} ${status}`, schemas));
        for (const [name, header] of Object.entries(headers ?? {})) {
          if (!(header.description ?? (header as { schema?: Schema }).schema?.description))
            silent.push(`${at} ${status} ${name}`);
        }
      }
    }
  }
  expect(Object.keys(schemas).length).toBeGreaterThan(30);
  expect(silent).toEqual([]);
});

it("every operation of the OpenAPI document stands in a part that the document tells of", async () => {
  const { body } = await call("GET", "/openapi.json");
  const operations = Object.values<Record<string, { tags?: string[] }>>(body.paths).flatMap(Object.values);
  const told = body.tags.map(({ name }: { name: string }) => name);
  expect(operations.length).toBeGreaterThan(50);
  const elsewhere = operations.filter(({ tags }) => tags?.length !== 1 || !told.includes(tags[0]));
  expect(elsewhere).toEqual([]);
});

it("no named schema may be null itself, as that would hold wherever it is named: generators leave such uses out", async () => {
  const { body } = await call("GET", "/openapi.json");
  const schemas = Object.entries<{ type?: string | string[] }>(body.components.schemas);
  expect(schemas.filter(([, { type }]) => type?.includes("null")).map(([name]) => name)).toEqual([]);
  const { scope } = body.components.schemas.CurrentKey.properties;
  expect(scope.oneOf).toEqual([{ $ref: "#/components/schemas/PortalScope" }, { type: "null" }]);
});
