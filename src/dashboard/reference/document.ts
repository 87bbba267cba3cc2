/** What of OpenAPI 3.1 the service's own document uses. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  example?: unknown;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  additionalProperties?: Schema | boolean;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  description?: string;
  schema?: Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface Operation {
  method: string;
  path: string;
  operationId: string;
  tag: string;
  summary: string;
  description: string;
  parameters: Parameter[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

interface Written {
  info: { title: string; description?: string };
  tags?: { name: string; description?: string }[];
  paths: Record<string, Record<string, Partial<Operation> & { tags?: string[] }>>;
  components?: { schemas?: Record<string, Schema> };
}

export interface ApiDocument {
  title: string;
  description: string;
  groups: { name: string; description: string; operations: Operation[] }[];
  schemas: Readonly<Record<string, Schema>>;
}

/** The service's own document, by tags. */
export async function loadDocument(signal: AbortSignal): Promise<ApiDocument> {
  const answer = await fetch("/openapi.json", { signal });
  if (!answer.ok) throw new Error(`/openapi.json answered ${answer.status}`);
  const { info, tags = [], paths, components } = (await answer.json()) as Written;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, written]): Operation => ({
        ...{ path, method: method.toUpperCase(), tag: written.tags?.[0] ?? "" },
        operationId: written.operationId ?? `${method} ${path}`,
        summary: written.summary ?? path,
        description: written.description ?? "",
        parameters: written.parameters ?? [],
        ...(written.requestBody && { requestBody: written.requestBody }),
        responses: written.responses ?? {},
      }),
    ),
  );
  const groups = tags.map(({ name, description = "" }) => ({
    ...{ name, description },
    operations: operations.filter(({ tag }) => tag === name),
  }));
  return {
    title: info.title,
    description: info.description ?? "",
    groups: groups.filter((group) => group.operations.length > 0),
    schemas: components?.schemas ?? {},
  };
}

/** A schema itself, where it names another one. */
export function resolved(schema: Schema, schemas: ApiDocument["schemas"]): Schema {
  const name = nameOf(schema);
  return name === null
    ? schema
    : { ...schemas[name], ...(schema.description && { description: schema.description }) };
}

/** What a schema that is only named is called. */
export function nameOf({ $ref }: Schema): string | null {
  return $ref?.split("/").at(-1) ?? null;
}

/** So deep an example is made up. */
const MOST_DEPTH = 6;

/** A value that fits: as the document says it, or made up from what is required. */
export function exampleOf(given: Schema, schemas: ApiDocument["schemas"], depth = 0): unknown {
  const schema = resolved(given, schemas);
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const [choice] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  if (choice !== undefined && depth < MOST_DEPTH) return exampleOf(choice, schemas, depth + 1);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === "object") {
    const required = new Set(schema.required ?? []);
    const members = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name));
    return Object.fromEntries(
      depth >= MOST_DEPTH
        ? []
        : members.map(([name, member]) => [name, exampleOf(member, schemas, depth + 1)]),
    );
  }
  if (type === "array") return [];
  if (type === "integer" || type === "number") return schema.minimum ?? 0;
  return type === "boolean" ? false : type === "null" ? null : "";
}

/** A type in a few words: "string", "array of string", "EndpointAuth or null". */
export function typeText(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== null) return name;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return [...new Set(choices.map(typeText))].join(" or ");
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const types = [schema.type ?? []]
    .flat()
    .map((type) =>
      type === "array" && schema.items !== undefined ? `array of ${typeText(schema.items)}` : type,
    );
  return types.join(" or ") || "any";
}
