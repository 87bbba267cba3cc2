import type { OpenApiDocument } from "../http/openapi.ts";

/* The browsable form of the OpenAPI document: one page, written here, without scripts and without anything foreign. */

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
details { border: 1px solid color-mix(in srgb, currentColor 25%, transparent); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; }
summary code { font-weight: 600; }
details > div { padding: 0 .75rem .75rem; }
pre { overflow-x: auto; padding: .75rem; border-radius: 6px; background: color-mix(in srgb, currentColor 8%, transparent); }
p.text { white-space: pre-line; }
`;

type Content = Record<string, { schema?: object }>;

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: { name: string; in: string; required?: boolean; schema?: object; description?: string }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

interface Entry {
  method: string;
  path: string;
  operation: Operation;
}

/** What the page may do, and that no other page may show it in a frame. */
export const DOCS_PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy":
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** The page for a document, as HTML. */
export function docsPage(document: OpenApiDocument): string {
  const entries = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      method,
      path,
      operation,
    })),
  );
  const byTag = Map.groupBy(entries, (entry) => entry.operation.tags?.[0] ?? "Operation");
  const sections = [...byTag].map(
    ([tag, group]) => `<h2>${escaped(tag)}</h2>${group.map(operationHtml).join("")}`,
  );
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) =>
    details(`<code id="${escaped(name)}">${escaped(name)}</code>`, schemaHtml(schema), name),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(document.info.title)} API</title><style>${STYLE}</style>
<h1>${escaped(document.info.title)} API</h1><p>${escaped(document.info.description ?? "")}</p>
<p>The same as <a href="/openapi.json">OpenAPI 3.1</a>. Keys go into <code>Authorization: Bearer ak_…</code> or
<code>api-key: ak_…</code>. Errors are <a href="#schema-Problem">problem documents</a>.</p>
${sections.join("")}<h2>Schemas</h2>${schemas.join("")}</html>`;
}

function operationHtml({ method, path, operation }: Entry): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<li><code>${escaped(one.name)}</code> (${one.in}${one.required ? ", required" : ""}) ${escaped(one.description ?? "")}</li>`,
  );
  const responses = Object.entries(operation.responses).map(
    ([status, response]) =>
      `<h4>${escaped(status)}</h4><p class="text">${escaped(response.description)}</p>${status < "300" ? contentHtml(response.content) : ""}`,
  );
  const body = operation.requestBody ? `<h4>Body</h4>${contentHtml(operation.requestBody.content)}` : "";
  return details(
    `<code>${method.toUpperCase()} ${escaped(path)}</code> ${escaped(operation.summary ?? "")}`,
    `<p class="text">${escaped(operation.description ?? "")}</p><ul>${parameters.join("")}</ul>${body}${responses.join("")}`,
  );
}

function contentHtml(content: Content | undefined): string {
  const [first] = Object.values(content ?? {});
  return first?.schema ? schemaHtml(first.schema) : "";
}

/** A schema as JSON; the names of others lead to them. */
function schemaHtml(schema: object): string {
  const json = escaped(JSON.stringify(schema, null, 2));
  return `<pre>${json.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$1</a>')}</pre>`;
}

function details(summary: string, content: string, schema?: string): string {
  const id = schema === undefined ? "" : ` id="schema-${escaped(schema)}"`;
  return `<details${id}><summary>${summary}</summary><div>${content}</div></details>`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
