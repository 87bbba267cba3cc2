import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { CommandError } from "../shell/failure.ts";

/** Sets a variable in a file of them, whole or not at all; the other lines stay as they are. Whether it differed. */
export function setVariable(file: string, name: string, value: string): boolean {
  let text = "";
  let mode = 0o600;
  try {
    text = readFileSync(file, "utf8");
    mode = statSync(file).mode & 0o777;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw new CommandError(`${file} cannot be read (${code}).`);
  }
  const line = `${name}=${value}`;
  const place = new RegExp(`^(?:export[ \\t]+)?${name}[ \\t]*=.*$`, "m");
  const isSet = place.test(text);
  const separator = text === "" || text.endsWith("\n") ? "" : "\n";
  const next = isSet ? text.replace(place, () => line) : `${text}${separator}${line}\n`;
  if (next === text) return false;
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, next, { mode });
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new CommandError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}).`);
  }
  return true;
}
