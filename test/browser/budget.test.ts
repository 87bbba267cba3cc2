import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
// @ts-expect-error: it has no types.
import filePlugin from "@size-limit/file";
import sizeLimit from "size-limit";
import { describe, expect, it } from "vitest";
import { newestAssets } from "../../src/local/former-assets.ts";

const PUBLIC = join(import.meta.dirname, "../../dist/public");
const ASSETS = join(PUBLIC, "dashboard/assets");

/** The size of files together, gzipped, in bytes. Nothing is bundled once more: they are as they are served. */
async function sizeOf(names: Iterable<string>): Promise<number> {
  const files = [...names].map((name) => join(ASSETS, name));
  const checks = [{ path: files, files, gzip: true }];
  const [result] = (await sizeLimit([filePlugin], { checks } as never)) as { size: number }[];
  return result?.size ?? Number.NaN;
}

/** The scripts that one loads before it runs, itself among them. */
function loadedWith(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const source = readFileSync(join(ASSETS, name), "utf8");
  for (const [, imported = ""] of source.matchAll(/(?:from|import)\s*"\.\/([\w-]+\.js)"/g))
    loadedWith(imported, found);
  return found;
}

describe("the dashboard, gzipped", () => {
  const files = [...newestAssets(join(PUBLIC, ".."))];
  const named = (pattern: RegExp) => {
    const found = files.filter((name) => pattern.test(name));
    expect(found.length).toBeGreaterThan(0);
    return found;
  };
  const html = readFileSync(join(PUBLIC, "dashboard/index.html"), "utf8");
  const entry = /src="\/dashboard\/assets\/([\w-]+\.js)"/.exec(html)?.[1] ?? "";

  it("takes at most 140 KB of scripts and 12 KB of styles to show its first view", async () => {
    const scripts = loadedWith(entry);
    for (const overview of named(/^overview-[\w-]+\.js$/)) loadedWith(overview, scripts);
    expect(scripts.size).toBeGreaterThan(3);
    expect(await sizeOf(scripts)).toBeLessThan(140_000);
    expect(await sizeOf(named(/^(?:index|overview|health-tab|code)-[\w-]+\.css$/))).toBeLessThan(12_000);
  });

  it("takes at most 330 KB with all of its pages", async () => {
    expect(await sizeOf(files)).toBeLessThan(330_000);
  });

  it("asks of a page that shows the portal to load at most 2 KB", () => {
    expect(statSync(join(PUBLIC, "portal/embed.js")).size).toBeLessThan(2048);
  });
});
