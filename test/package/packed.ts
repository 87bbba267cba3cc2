import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const ROOT = join(import.meta.dirname, "../..");

declare module "vitest" {
  interface ProvidedContext {
    /** An empty project in which the packed package is installed. */
    packageProject: string;
  }
}

/** Builds the SDK's package, packs it, and installs the tarball into an empty project, as a user of npm does. */
export default function setUp(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "atlas-package-"));
  const npm = (cwd: string, ...given: string[]) =>
    execFileSync("npm", given, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  npm(ROOT, "run", "--silent", "build:sdk");
  const packed = npm(join(ROOT, "sdk/javascript"), "pack", "--silent", "--pack-destination", folder);
  const manifest = { name: "receiver", private: true, type: "module" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  npm(folder, "install", "--silent", "--offline", "--no-audit", "--no-fund", `./${packed.trim()}`);
  project.provide("packageProject", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
