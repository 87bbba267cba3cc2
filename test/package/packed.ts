import { execFile } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

const ROOT = join(import.meta.dirname, "../..");

/** Where it is noted that the package is installed, or why it could not be. */
export const PACKED_NOTE = "packed.json";

declare module "vitest" {
  interface ProvidedContext {
    /** An empty project in which the packed package is installed, or soon will be: `packedProject` waits for it. */
    packageProject: string;
  }
}

const run = promisify(execFile);

async function npm(cwd: string, ...given: string[]): Promise<string> {
  const { stdout } = await run("npm", given, { cwd, encoding: "utf8" });
  return stdout.trim();
}

async function install(folder: string): Promise<void> {
  await npm(ROOT, "run", "--silent", "build:sdk");
  const packed = await npm(join(ROOT, "sdk/javascript"), "pack", "--silent", "--pack-destination", folder);
  const manifest = { name: "receiver", private: true, type: "module" };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  await npm(folder, "install", "--silent", "--offline", "--no-audit", "--no-fund", `./${packed}`);
}

/**
 * Builds the SDK's package, packs it, and installs the tarball into an empty project, as a user of npm does. Tests of other
 * projects run meanwhile.
 */
export default function setUp(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "atlas-package-"));
  // Tests look for the note all the time: it is there at once, and whole.
  const note = (error: string | null) => {
    const draft = join(folder, `${PACKED_NOTE}.draft`);
    writeFileSync(draft, JSON.stringify({ error }));
    renameSync(draft, join(folder, PACKED_NOTE));
  };
  const installed = install(folder).then(
    () => note(null),
    (error: unknown) => note(String(error)),
  );
  project.provide("packageProject", folder);
  return async () => {
    await installed;
    rmSync(folder, { recursive: true, force: true });
  };
}
