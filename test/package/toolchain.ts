import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import type { TestContext } from "vitest";

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

/**
 * Runs a program that fetches what a test needs, like `runs`. Where it cannot be had (a registry that is out of reach is no
 * fault of the package), the test is skipped and says why.
 */
export async function fetches(
  { skip }: TestContext,
  program: string,
  given: string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  try {
    await runs(program, given, cwd, env);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.warn(`Not run: ${reason}`);
    skip(reason);
  }
}
