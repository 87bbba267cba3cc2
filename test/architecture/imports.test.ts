import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf, importsOf, ROOT, sourceFiles } from "./source.ts";

/**
 * Which rooms of src/ each may import, beside itself and packages. Imports point one way: domain ← filter, dialects,
 * contract, catalog ← seal, storage, d1 ← objects ← reconcile, log ← delivery, inbox ← api ← tail, compat ← worker; delivery and
 * log do not know each other. A file directly in src/ is named by its name.
 */
const FOUNDATION = ["deadlines.ts", "domain", "env.ts", "errors.ts", "filter", "service-log.ts", "storage"];
const STORED = ["contract", "catalog", "d1", "dialects", "objects", "seal"];
const ALLOWED: Record<string, string[]> = {
  domain: [],
  filter: ["domain"],
  // What the objects share of SQLite: below all of them.
  storage: ["domain", "service-log.ts"],
  "deadlines.ts": [],
  "errors.ts": [],
  "service-log.ts": [],
  // Types only: what the Worker is bound to.
  "env.ts": ["domain"],
  "allowed-networks.ts": ["domain", "env.ts"],
  dialects: ["domain"],
  contract: ["domain", "errors.ts", "filter"],
  catalog: ["domain"],
  seal: ["domain"],
  d1: ["catalog", "contract", "dialects", "domain", "env.ts", "filter"],
  objects: ["d1", "domain", "env.ts", "storage"],
  reconcile: [...FOUNDATION, "d1", "objects"],
  log: [...FOUNDATION, ...STORED],
  delivery: [...FOUNDATION, ...STORED, "allowed-networks.ts", "reconcile"],
  inbox: [...FOUNDATION, "objects", "reconcile"],
  // It speaks to clients as the API does.
  tail: [...FOUNDATION, "contract", "d1", "objects", "api"],
  api: [...FOUNDATION, ...STORED, "allowed-networks.ts", "reconcile"],
  compat: [...FOUNDATION, ...STORED, "reconcile", "api"],
  "worker.ts": [...FOUNDATION, "d1", "reconcile", "log", "delivery", "inbox", "tail", "api", "compat"],
  // Run by the build.
  "write-reference.ts": ["api"],
  sdk: ["dialects", "contract", "errors.ts"],
  dashboard: ["contract", "sdk"],
  cli: ["contract", "sdk"],
  // Starts the built Worker: of the source it shares only rules.
  local: ["domain"],
};

/** The verifying half of the dialects: how signed content reads, without anything that makes a delivery. */
const VERIFYING = /^dialects\/[a-z]+-signature\.ts$|^dialects\/(secret|ed25519)\.ts$/;

/** Imports between files of src/, by their paths within it. */
const imports = sourceFiles("src").flatMap((file) =>
  importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier, typeOnly }) => ({
      from: relative(join(ROOT, "src"), file),
      to: relative(join(ROOT, "src"), join(dirname(file), specifier)),
      typeOnly,
    })),
);

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

  it("of the SDK take only the verifying half of the dialects, and of the contract its types", () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      if (!from.startsWith("sdk/") || to.startsWith("sdk/")) return false;
      return to.startsWith("dialects/") ? !VERIFYING.test(to) : !typeOnly;
    });
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

it("objects are reached by objects/objects.ts alone, which says where they lie", () => {
  const reaching = sourceFiles("src").filter((file) =>
    /\.(getByName|idFromName)\(/.test(readFileSync(file, "utf8")),
  );
  expect(reaching.map((file) => relative(ROOT, file))).toEqual(["src/objects/objects.ts"]);
});

/** Files that parse JSON which others wrote: publishers' data, and a token server's answer. */
const FOREIGN_JSON = [
  "src/delivery/attempt/auth.ts",
  "src/log/find/event-lookup.ts",
  "src/log/find/explain.ts",
  "src/log/find/list.ts",
];

it("what the service stored is read by the readers of its shapes alone (domain/stored.ts)", () => {
  const parsing = ["d1", "delivery", "inbox", "log", "reconcile", "seal", "storage", "tail"]
    .flatMap((folder) => sourceFiles(`src/${folder}`))
    .filter((file) => readFileSync(file, "utf8").includes("JSON.parse("));
  expect(parsing.map((file) => relative(ROOT, file)).toSorted()).toEqual(FOREIGN_JSON);
});

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
