import { readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf, importsOf, ROOT, sourceFiles } from "./source.ts";

/**
 * Which rooms of src/ each may import, beside itself and packages. Imports point one way: domain ← filter, dialects,
 * contract, catalog ← seal, storage, d1 ← objects, idempotency, rendering ← reconcile, log ← delivery, inbox, tail; beside
 * these idempotency ← changes ← endpoints, event-types, http ← events, workspaces, inboxes, metrics, pages ← api, compat ←
 * worker. Delivery and log do not know each other. A file directly in src/ is named by its name.
 */
const FOUNDATION = [
  "deadlines.ts",
  "domain",
  "env.ts",
  "errors.ts",
  "filter",
  "platform.ts",
  "service-log.ts",
  "storage",
];
const STORED = ["contract", "catalog", "d1", "dialects", "objects", "seal"];
const USE_CASES = [
  ...[
    "changes",
    "endpoints",
    "event-types",
    "events",
    "idempotency",
    "inboxes",
    "logs",
    "metrics",
    "workspaces",
  ],
];
const ALLOWED: Record<string, string[]> = {
  domain: [],
  filter: ["domain"],
  // What the objects share of SQLite: below all of them.
  storage: ["deadlines.ts", "domain", "service-log.ts"],
  "deadlines.ts": ["domain"],
  "platform.ts": ["domain"],
  "errors.ts": [],
  "service-log.ts": ["domain", "platform.ts"],
  // Types only: what the Worker is bound to.
  "env.ts": ["domain"],
  "allowed-networks.ts": ["domain", "env.ts"],
  "content-digest.ts": ["domain"],
  dialects: ["domain"],
  contract: ["domain", "errors.ts", "filter"],
  catalog: ["domain"],
  seal: ["domain"],
  d1: ["catalog", "contract", "deadlines.ts", "dialects", "domain", "env.ts", "filter"],
  objects: ["d1", "domain", "env.ts", "platform.ts", "storage"],
  // The logs of a workspace as one.
  logs: [...FOUNDATION, "content-digest.ts", "d1", "objects"],
  reconcile: [...FOUNDATION, "d1", "logs", "objects"],
  log: [...FOUNDATION, ...STORED, "content-digest.ts", "idempotency"],
  delivery: [...FOUNDATION, ...STORED, "allowed-networks.ts", "idempotency", "logs", "reconcile"],
  inbox: [...FOUNDATION, "d1", "objects"],
  // It speaks to clients as the API does.
  tail: [...FOUNDATION, "contract", "d1", "logs", "objects", "rendering"],
  rendering: ["contract", "d1", "dialects", "domain"],
  idempotency: ["d1", "domain", "env.ts", "errors.ts", "platform.ts", "seal", "storage"],
  changes: ["d1", "domain", "env.ts", "errors.ts", "idempotency", "platform.ts"],
  endpoints: [...FOUNDATION, ...STORED, "allowed-networks.ts", "reconcile", "rendering", "changes"],
  "event-types": [...FOUNDATION, ...STORED, "rendering", "changes"],
  http: [...FOUNDATION, ...STORED, "changes", "idempotency"],
  events: [...FOUNDATION, ...STORED, "event-types", "http", "logs"],
  workspaces: [...FOUNDATION, ...STORED, "rendering", "changes", "http", "logs"],
  inboxes: [...FOUNDATION, ...STORED, "reconcile", "http"],
  metrics: [...FOUNDATION, "d1", "logs", "objects", "workspaces"],
  pages: [...FOUNDATION, "d1", "http"],
  api: [...FOUNDATION, ...STORED, "reconcile", "rendering", ...USE_CASES, "http", "pages", "mcp", "sdk"],
  compat: [...FOUNDATION, ...STORED, "rendering", "changes", "endpoints", "event-types", "http", "logs"],
  "worker.ts": [
    ...FOUNDATION,
    "d1",
    "reconcile",
    "log",
    "delivery",
    "inbox",
    "tail",
    "http",
    "api",
    "compat",
  ],
  // Run by the build.
  "write-reference.ts": ["api"],
  sdk: ["dialects", "contract", "errors.ts"],
  dashboard: ["contract", "sdk"],
  // What takes several calls of the client, for people at a terminal and for agents.
  tasks: ["platform.ts", "sdk"],
  mcp: ["domain", "platform.ts", "sdk", "tasks"],
  cli: ["contract", "sdk", "tasks", "mcp"],
  // Starts the built Worker: of the source it shares only rules.
  local: ["domain"],
};

/** The verifying half of the dialects: how signed content reads, without anything that makes a delivery. */
const VERIFYING = /^dialects\/[a-z]+-signature\.ts$|^dialects\/(secret|ed25519)\.ts$/;

/** What the files of a folder import of the repository, by paths within that folder. */
const importsWithin = (folder: string) =>
  sourceFiles(folder).flatMap((file) =>
    importsOf(file)
      .filter(({ specifier }) => specifier.startsWith("."))
      .map(({ specifier, typeOnly }) => ({
        from: relative(join(ROOT, folder), file),
        to: relative(join(ROOT, folder), join(dirname(file), specifier)),
        typeOnly,
      })),
  );

const imports = importsWithin("src");

describe("imports in src/", () => {
  it("are found at all", () => {
    expect(imports.length).toBeGreaterThan(50);
  });

  it("start in folders that have a rule", () => {
    const unruled = sourceFiles("src").map((file) => folderOf(file));
    expect([...new Set(unruled)].filter((folder) => !(folder in ALLOWED))).toEqual([]);
  });

  it("point one way", () => {
    const wrong = imports.filter(({ from, to }) => {
      const [source, target] = [from.split("/")[0] ?? "", to.split("/")[0] ?? ""];
      return source !== target && !ALLOWED[source]?.includes(target);
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of env.ts are types only: it names what objects answer to, not their classes", () => {
    expect(imports.filter(({ from, typeOnly }) => from === "env.ts" && !typeOnly)).toEqual([]);
  });

  it("make no circle of files, those of types included", () => {
    expect(circlesIn(imports)).toEqual([]);
  });

  it("make no circle of folders", () => {
    // A file directly in src/ is a room of its own; the pages of the dashboard are one.
    const roomOf = (file: string) =>
      /^dashboard\//.test(file) ? "dashboard" : file.includes("/") ? dirname(file) : file;
    const between = imports
      .map(({ from, to }) => ({ from: roomOf(from), to: roomOf(to) }))
      .filter(({ from, to }) => from !== to);
    expect(circlesIn(between)).toEqual([]);
  });

  it("of http/ know no resource: of the contract what all share, of D1 whose key it is, and answers that are kept", () => {
    const known =
      /^(contract\/(fields|field-errors|repeated-keys)|d1\/(answers|change|database-errors|keys|tables))\.ts$/;
    const wrong = imports.filter(
      ({ from, to }) => from.startsWith("http/") && /^(contract|d1)\//.test(to) && !known.test(to),
    );
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of the SDK take only the verifying half of the dialects, and of the contract its types", () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      if (!from.startsWith("sdk/") || to.startsWith("sdk/")) return false;
      return to.startsWith("dialects/") ? !VERIFYING.test(to) : !typeOnly;
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of clients take the contract's types alone", () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) => /^(cli|dashboard)\//.test(from) && to.startsWith("contract/") && !typeOnly,
    );
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of the pure core reach nothing of the platform", () => {
    const wrong = [...sourceFiles("src/domain"), ...sourceFiles("src/filter")].flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => /^(node|cloudflare):/.test(specifier))
        .map(({ specifier }) => `${relative(ROOT, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("are written with the file's extension", () => {
    const wrong = imports.filter(({ to }) => !/\.(ts|tsx|json|css|html)$/.test(to));
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });
});

it("imports in test/simulation make no circle of files, those of types included", () => {
  expect(circlesIn(importsWithin("test/simulation"))).toEqual([]);
});

it("endpoints/ and event-types/ know no HTTP", () => {
  const wrong = ["changes", "endpoints", "event-types", "rendering"]
    .flatMap((folder) => sourceFiles(`src/${folder}`))
    .filter((file) => /from "hono|\b(Request|Response|Headers|Context<)\b/.test(withoutComments(file)));
  expect(wrong.map((file) => relative(ROOT, file))).toEqual([]);
});

/** What of api/ is no resource: the whole, and what its files share. */
const NO_RESOURCE = ["app.ts", "cursors.ts", "routes.ts", "tags.ts"];

it("a file of api/ holds the routes of one resource, and nothing that another could use", () => {
  const wrong = sourceFiles("src/api")
    .filter((file) => !NO_RESOURCE.includes(basename(file)))
    .filter((file) => {
      const exported = readFileSync(file, "utf8").match(/^export .*/gm) ?? [];
      return exported.length !== 1 || !/^export const \w+ = newApi\(\);$/.test(exported[0] ?? "");
    });
  expect(wrong.map((file) => relative(ROOT, file))).toEqual([]);
});

it("objects are reached by objects/objects.ts alone, which says where they lie", () => {
  const reaching = sourceFiles("src").filter((file) =>
    /\.(getByName|idFromName)\(/.test(readFileSync(file, "utf8")),
  );
  expect(reaching.map((file) => relative(ROOT, file))).toEqual(["src/objects/objects.ts"]);
});

/** Files that parse JSON which others wrote: publishers' data, a token server's answer, what a socket says. */
const FOREIGN_JSON = [
  "src/delivery/attempt/auth.ts",
  "src/log/find/event-lookup.ts",
  "src/log/find/explain.ts",
  "src/log/find/list.ts",
  "src/log/find/trial.ts",
  "src/tail/listeners.ts",
];

it("what the service stored is read by the readers of its shapes alone (domain/stored.ts)", () => {
  const parsing = ["d1", "delivery", "inbox", "log", "reconcile", "seal", "storage", "tail"]
    .flatMap((folder) => sourceFiles(`src/${folder}`))
    .filter((file) => readFileSync(file, "utf8").includes("JSON.parse("));
  expect(parsing.map((file) => relative(ROOT, file)).toSorted()).toEqual(FOREIGN_JSON);
});

/** The code of a file without its comments. */
function withoutComments(file: string): string {
  return readFileSync(file, "utf8").replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

/** The circles among some arrows, each as its names in turn. */
function circlesIn(arrows: readonly { from: string; to: string }[]): string[] {
  const targets = Map.groupBy(arrows, ({ from }) => from);
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (name: string, path: string[]) => {
    const start = path.indexOf(name);
    if (start !== -1) circles.push([...path.slice(start), name].join(" → "));
    if (start !== -1 || done.has(name)) return;
    for (const { to } of targets.get(name) ?? []) walk(to, [...path, name]);
    done.add(name);
  };
  for (const name of targets.keys()) walk(name, []);
  return circles;
}
