import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The environment of a process whose syncs of files each take so much longer, milliseconds; null where that cannot be had: on
 * Linux alone, with a C compiler.
 * @param scratch where the library is built that does it, once
 */
export function slowSync(scratch: string, delayMs: number): Record<string, string> | null {
  const library = join(scratch, "slow-sync.so");
  if (!existsSync(library) && !isBuilt(library)) return null;
  return { LD_PRELOAD: library, SYNC_DELAY_US: String(delayMs * 1000) };
}

function isBuilt(library: string): boolean {
  if (process.platform !== "linux") return false;
  const source = join(import.meta.dirname, "slow-sync.c");
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
