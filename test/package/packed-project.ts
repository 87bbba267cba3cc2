import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { eventually } from "../e2e/eventually.ts";
import { PACKED_NOTE } from "./packed.ts";

/** The folder of an empty project in which the packed package is installed. */
export async function packedProject(): Promise<string> {
  const folder = inject("packageProject");
  const note = join(folder, PACKED_NOTE);
  await eventually("the package is installed", () => existsSync(note), 300_000);
  const { error } = JSON.parse(readFileSync(note, "utf8")) as { error: string | null };
  if (error !== null) throw new Error(`The package cannot be installed: ${error}`);
  return folder;
}
