import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOf, importsOf, ROOT, sourceFiles } from "./source.ts";

/**
 * Which folders of src/ each may import, beside itself and packages. Imports point one way: domain ← dialects,
 * contract, catalog ← config, log, delivery ← api, compat ← worker. A file directly in src/ is named by its name.
 */
const FOUNDATION = ["deadlines.ts", "domain", "env.ts", "errors.ts", "service-log.ts", "storage"];
const ALLOWED: Record<string, string[]> = {
  domain: [],
  // What the two objects share of SQLite: below both.
  storage: ["domain", "service-log.ts"],
  "deadlines.ts": [],
  "errors.ts": [],
  "service-log.ts": [],
  // Types only: what the Worker is bound to.
  "env.ts": ["domain"],
  dialects: ["domain"],
  contract: ["domain", "errors.ts"],
  catalog: ["domain"],
  config: [...FOUNDATION, "dialects", "contract", "catalog"],
  log: [...FOUNDATION, "dialects", "contract", "catalog", "config"],
  delivery: [...FOUNDATION, "dialects", "contract", "catalog", "config"],
  inbox: [...FOUNDATION, "config"],
  api: [...FOUNDATION, "dialects", "contract", "catalog", "config"],
  // It speaks to clients as the API does.
  tail: [...FOUNDATION, "contract", "config", "api"],
  compat: [...FOUNDATION, "dialects", "contract", "catalog", "config", "api"],
  "worker.ts": [...FOUNDATION, "config", "log", "delivery", "inbox", "tail", "api", "compat"],
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
    const targets = Map.groupBy(imports, ({ from }) => from);
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: string[]) => {
      const start = path.indexOf(file);
      if (start !== -1) circles.push([...path.slice(start), file].join(" → "));
      if (start !== -1 || done.has(file)) return;
      for (const { to } of targets.get(file) ?? []) walk(to, [...path, file]);
      done.add(file);
    };
    for (const file of targets.keys()) walk(file, []);
    expect(circles).toEqual([]);
  });

  it("of the SDK take only the verifying half of the dialects, and of the contract its types", () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      if (!from.startsWith("sdk/") || to.startsWith("sdk/")) return false;
      return to.startsWith("dialects/") ? !VERIFYING.test(to) : !typeOnly;
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it("of the pure core reach nothing of the platform", () => {
    const wrong = sourceFiles("src/domain").flatMap((file) =>
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

it("objects are reached by config/objects.ts alone, which says where they lie", () => {
  const reaching = sourceFiles("src").filter((file) =>
    /\.(getByName|idFromName)\(/.test(readFileSync(file, "utf8")),
  );
  expect(reaching.map((file) => relative(ROOT, file))).toEqual(["src/config/objects.ts"]);
});

/** Files that parse JSON which others wrote: publishers' data, and a token server's answer. */
const FOREIGN_JSON = [
  "src/delivery/auth.ts",
  "src/log/event-lookup.ts",
  "src/log/explain.ts",
  "src/log/list.ts",
];

it("what the service stored is read by the readers of its shapes alone (domain/stored.ts)", () => {
  const parsing = ["config", "delivery", "inbox", "log", "storage", "tail"]
    .flatMap((folder) => sourceFiles(`src/${folder}`))
    .filter((file) => readFileSync(file, "utf8").includes("JSON.parse("));
  expect(parsing.map((file) => relative(ROOT, file)).toSorted()).toEqual(FOREIGN_JSON);
});
