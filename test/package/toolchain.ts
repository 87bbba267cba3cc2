import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whether this machine has a program; where it has not, says so. */
export function has(program: string, ...version: string[]): boolean {
  const isThere = spawnSync(program, version).status === 0;
  if (!isThere) console.warn(`Not run: there is no ${program} here.`);
  return isThere;
}

/** Runs a program and gives what it printed; throws with all of that where it fails. */
export async function runs(
  program: string,
  given: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, given, {
      cwd,
      env: { ...process.env, ...env },
      timeout: 300_000,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${program} ${given.join(" ")} failed:\n${stdout ?? ""}${stderr ?? error}`);
  }
}
