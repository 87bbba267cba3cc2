import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, it } from "vitest";
import { importsOf, ROOT, sourceFiles } from "./source.ts";

/** What is in the repository. */
const files = execFileSync("git", ["ls-files"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "");

/** All packages that package.json names, with their versions. */
function dependencies(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  };
  return { ...manifest.dependencies, ...manifest.devDependencies };
}

it("no folder or file has a name that says nothing", () => {
  const empty = /(^|\/)(utils?|helpers?|common|misc|services?|types)(\/|\.[a-z]+$)/i;
  expect(files.filter((file) => empty.test(file))).toEqual([]);
});

it("each package that src/ imports is a dependency, and each dependency has its reason in docs/dependencies.md", () => {
  const imported = sourceFiles("src")
    .flatMap((file) => importsOf(file).map(({ specifier }) => specifier))
    .filter((specifier) => !/^(\.|node:|cloudflare:)/.test(specifier))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  const listed = dependencies();
  expect([...new Set(imported)].filter((name) => !(name in listed))).toEqual([]);

  const reasons = readFileSync(join(ROOT, "docs/dependencies.md"), "utf8");
  const unexplained = Object.keys(listed).filter((name) => !reasons.includes(`\`${name}\``));
  expect(unexplained).toEqual([]);
});

it("npm start needs no package that a production install leaves out", () => {
  const { dependencies: installed } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  // The command line is bundled into its package.
  const needed = sourceFiles("src")
    .filter((file) => !file.startsWith(join(ROOT, "src/cli/")))
    .flatMap((file) => importsOf(file).filter(({ typeOnly }) => !typeOnly))
    .map(({ specifier }) => specifier)
    .filter((specifier) => !/^(\.|node:|cloudflare:)/.test(specifier))
    .map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  // What builds the Worker, and what runs the server.
  const missing = [...needed, "wrangler", "node"].filter((name) => !(name in installed));
  expect([...new Set(missing)]).toEqual([]);
});

it("dependencies are named by exact versions", () => {
  const versions = Object.entries(dependencies());
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

/** A method or a function that returns nothing, or throws whatever happens: it can only act. */
const ACTING =
  /^[ \t]*(?:export )?(?:async )?(?:function )?#?([a-z]+)\w*(?:<[^>\n]*>)?\((?:[^()]|\([^()]*\))*\): (?:void|Promise<void>|never)[ ;]/gm;

const PARTICIPLE =
  /ed$|^(begun|broken|came|done|given|gone|heard|held|kept|left|lost|made|met|rang|seen|sent|shut|spent|told|took|went)$/;

/** Names that others call: another version of an object during a deploy, and stores that users of the SDK write. */
const SAID_BY_OTHERS = [
  "src/delivery/endpoint.ts: listened",
  "src/domain/object-faces.ts: listened",
  "src/sdk/idempotent.ts: done",
  "src/sdk/idempotent.ts: reached",
  "src/tail/listeners.ts: listened",
];

it("a function that only acts is named by a verb, not by a participle", () => {
  const acting = sourceFiles("src").flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(ACTING)].map(([, word]) => ({
      file: relative(ROOT, file),
      word: word ?? "",
    })),
  );
  expect(acting.length).toBeGreaterThan(500);
  const wrong = acting.filter(({ word }) => PARTICIPLE.test(word));
  expect(wrong.map(({ file, word }) => `${file}: ${word}`)).toEqual(SAID_BY_OTHERS);
});
