import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { VERSION } from "../../src/domain/version.ts";
import { ROOT } from "./source.ts";

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const versionIn = (path: string): unknown => JSON.parse(read(path)).version;

it("the version is the same wherever it is written", () => {
  expect(VERSION).toMatch(/^\d+\.\d+\.\d+$/);
  expect({
    "package.json": versionIn("package.json"),
    "package-lock.json": versionIn("package-lock.json"),
    "sdk/javascript/package.json": versionIn("sdk/javascript/package.json"),
    "sdk/python/pyproject.toml": /^version = "(.*)"$/m.exec(read("sdk/python/pyproject.toml"))?.[1],
    "docs/cli.md": /atlas-webhooks-(\d[\d.]*)\.tgz/.exec(read("docs/cli.md"))?.[1],
  }).toEqual({
    "package.json": VERSION,
    "package-lock.json": VERSION,
    "sdk/javascript/package.json": VERSION,
    "sdk/python/pyproject.toml": VERSION,
    "docs/cli.md": VERSION,
  });
});

it("the changelog has a dated section for each version, the newest first", () => {
  const sections = [...read("CHANGELOG.md").matchAll(/^## \[(.*?)\](.*)$/gm)].map(([, name, rest]) => [
    name,
    rest,
  ]);
  expect(sections[0]).toEqual(["Unreleased", ""]);
  expect(sections[1]?.[0]).toBe(VERSION);
  for (const [, rest] of sections.slice(1)) expect(rest).toMatch(/^ - \d{4}-\d\d-\d\d$/);
});
