import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../shell/configuration.ts";
import { CommandError, InterruptedError } from "../shell/failure.ts";

/** What the package says of the server that is in it. */
interface ServerNote {
  /** Differs where anything of the server does. */
  id: string;
  /** Versions. */
  workerd: string;
  node: string;
}

/** A server that can be started. */
export interface PreparedServer {
  /** The program and the file that it runs. */
  node: string;
  main: string;
}

/** `node:sqlite`, which the server reads its databases with, is there from this version on. */
const LEAST_NODE = [22, 13] as const;

/**
 * The server of the package, with workerd beside it. workerd is installed by npm at the first start, in the user's
 * folder of caches, whole or not at all; later starts find it there.
 * @param packaged where the package has the server
 * @param tell of what takes a while
 */
export async function prepareServer(
  packaged: string,
  environment: Environment,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<PreparedServer> {
  if (process.platform === "win32")
    throw new CommandError("`atlas serve` runs on Linux and macOS; under Windows, within WSL.");
  if (!existsSync(join(packaged, "server.json")))
    throw new CommandError("This package was built without the server.");
  const note = JSON.parse(readFileSync(join(packaged, "server.json"), "utf8")) as ServerNote;
  const needsNode = !isRecent(process.versions.node);
  const wanted = [`workerd@${note.workerd}`, ...(needsNode ? [`${nodePackage()}@${note.node}`] : [])];
  const caches = cacheFolder(environment);
  const runtime = join(caches, `runtime-${note.workerd}${needsNode ? `-node-${note.node}` : ""}`);
  if (!existsSync(runtime)) {
    tell(`Installing ${wanted.join(" and ")} into ${runtime}, once …`);
    await putWhole(runtime, (folder) => install(folder, wanted, environment, signal));
  }
  const server = join(runtime, `server-${note.id}`);
  if (!existsSync(server))
    await putWhole(server, async (folder) => cpSync(packaged, folder, { recursive: true }));
  return {
    node: needsNode ? join(runtime, "node_modules", nodePackage(), "bin/node") : process.execPath,
    main: join(server, "src/local/packaged.js"),
  };
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
}

/** The package of the registry that has Node's program for this system. */
function nodePackage(): string {
  return `node-${process.platform}-${process.arch}`;
}

function cacheFolder({ ATLAS_CACHE_DIR, XDG_CACHE_HOME }: Environment): string {
  return ATLAS_CACHE_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "atlas");
}

/** Makes a folder beside its place and then puts it there: one that is there is whole. */
async function putWhole(place: string, make: (folder: string) => Promise<unknown>): Promise<void> {
  let folder: string;
  try {
    mkdirSync(join(place, ".."), { recursive: true });
    folder = mkdtempSync(`${place}.`);
  } catch (error) {
    throw new CommandError(
      `${place} cannot be made (${(error as { code?: string }).code}): set ATLAS_CACHE_DIR to a folder of yours.`,
    );
  }
  try {
    await make(folder);
    renameSync(folder, place);
  } catch (error) {
    // Another start was quicker.
    if (!existsSync(place)) throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs npm, the one that runs this if there is one. What it prints is shown only if it fails. */
function install(
  folder: string,
  packages: readonly string[],
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  writeFileSync(join(folder, "package.json"), '{"private":true}\n');
  const { npm_execpath: npm } = environment;
  const given = [
    "install",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--prefer-offline",
    "--save-exact",
    ...packages,
  ];
  const isOfNpm = npm !== undefined && /\bnpm(-cli)?\.c?js$/.test(npm);
  const child = isOfNpm
    ? spawn(process.execPath, [npm, ...given], { cwd: folder, signal, stdio: ["ignore", "pipe", "pipe"] })
    : spawn("npm", given, { cwd: folder, signal, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      printed += chunk;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(new InterruptedError("Interrupted."));
      else
        reject(
          new CommandError(`npm cannot be run (${error.code}): install npm, or see \`atlas serve --help\`.`),
        );
    });
    child.once("close", (code) => {
      const lines = printed.split("\n").filter((line) => /npm error|ERR!/.test(line));
      if (code === 0) resolve();
      else
        reject(
          new CommandError(
            `${packages.join(" and ")} cannot be installed: ${(lines[1] ?? lines[0] ?? `npm ended with ${code}`).trim()}.`,
          ),
        );
    });
  });
}
