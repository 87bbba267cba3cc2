import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StartError, systemErrorCode } from "./start-error.ts";

/** What the built Worker follows from. */
const SOURCES = ["src/**/*.*", "wrangler.toml", "tsconfig.json", "package-lock.json"];

/** Beside the built Worker: what it was built from. */
const NOTE = "built-from";

/**
 * Builds the Worker into `dist/`, unless what lies there was built from these very sources. It is built in a folder of
 * its own and then put in place, so that two starts in one checkout do not disturb each other. Throws a StartError.
 */
export async function buildWorker(root: string): Promise<void> {
  const sources = fingerprint(root);
  const dist = join(root, "dist");
  const note = join(dist, NOTE);
  if (existsSync(join(dist, "worker.js")) && existsSync(note) && readFileSync(note, "utf8") === sources)
    return;
  try {
    mkdirSync(dist, { recursive: true });
    const folder = mkdtempSync(join(dist, "building-"));
    try {
      await runWrangler(root, folder);
      // The note goes first and comes last: between the two nobody takes an old Worker for a new one.
      rmSync(note, { force: true });
      for (const file of ["worker.js.map", "worker.js"]) renameSync(join(folder, file), join(dist, file));
      writeFileSync(join(folder, NOTE), sources);
      renameSync(join(folder, NOTE), note);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === null) throw error;
    throw new StartError(
      `The Worker cannot be built into ${dist} (${code}): run \`npm run build\` as its owner.`,
    );
  }
}

function fingerprint(root: string): string {
  const hash = createHash("sha256");
  for (const file of globSync(SOURCES, { cwd: root }).toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

function runWrangler(root: string, folder: string): Promise<void> {
  const wrangler = join(root, "node_modules/wrangler/bin/wrangler.js");
  if (!existsSync(wrangler)) throw new StartError("wrangler is not installed: run `npm ci`.");
  const child = spawn(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", folder], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" },
  });
  const end = () => child.kill("SIGKILL");
  process.once("exit", end);
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      process.removeListener("exit", end);
      if (code === 0) resolve();
      else reject(new StartError(`The Worker cannot be built:\n${printed.trim()}`));
    });
  });
}

/** `npm run build` runs this file. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildWorker(join(import.meta.dirname, "../..")).catch((error: unknown) => {
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  });
}
