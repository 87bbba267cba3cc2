import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import type { Handler } from "./beside-worker.ts";

/** What a file is, by its name's end. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

interface StaticFile {
  bytes: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/**
 * The Worker's ASSETS on one machine: the files of a folder as Cloudflare would serve them, `index.html` as its folder
 * and the headers as `_headers` says. They are read at once, so that no path of a request ever reaches the disk. Beside
 * the Worker and not within it: there they would cost every other request.
 */
export function staticFiles(folder: string): Handler {
  const files = readFiles(folder);
  return async (request, response) => {
    const file = files.get(new URL(`http://files${request.url}`).pathname);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { bytes, headers } = file;
    if (request.headers["if-none-match"] === headers.ETag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, "Content-Length": bytes.length });
    response.end(request.method === "HEAD" ? undefined : bytes);
  };
}

function readFiles(folder: string): Map<string, StaticFile> {
  const headersFile = join(folder, "_headers");
  const rules = existsSync(headersFile) ? readRules(readFileSync(headersFile, "utf8")) : [];
  const names = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];
  return new Map(
    names.map((name) => {
      const bytes = new Uint8Array(readFileSync(name));
      const path = `/${relative(folder, name).split(sep).join("/")}`.replace(/\/index\.html$/, "/");
      const headers = {
        "Content-Type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
        ETag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
        ...headersOf(path, rules),
      };
      return [path, { bytes, headers }];
    }),
  );
}

interface Rule {
  path: RegExp;
  /** Null = no earlier rule's. */
  headers: [name: string, value: string | null][];
}

/** Cloudflare's `_headers`: a path, below it indented headers; `! Name` takes back what an earlier path said. */
function readRules(text: string): Rule[] {
  const rules: Rule[] = [];
  for (const line of text.split("\n")) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    if (!/^\s/.test(line)) {
      const pattern = content.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
      rules.push({ path: new RegExp(`^${pattern}$`), headers: [] });
    } else if (content.startsWith("!")) {
      rules.at(-1)?.headers.push([content.slice(1).trim(), null]);
    } else {
      const colon = content.indexOf(":");
      rules.at(-1)?.headers.push([content.slice(0, colon).trim(), content.slice(colon + 1).trim()]);
    }
  }
  return rules;
}

function headersOf(path: string, rules: readonly Rule[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of rules.filter((rule) => rule.path.test(path)).flatMap((rule) => rule.headers)) {
    if (value === null) delete headers[name];
    else headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}
