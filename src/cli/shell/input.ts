import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError, InterruptedError, UsageError } from "./failure.ts";
import type { Shell } from "./shell.ts";

/** All of the standard input. Throws a UsageError where that is a terminal: nothing would ever come. */
export async function readStdin({ stdin }: Shell, what: string): Promise<Buffer> {
  if (stdin.isTTY)
    throw new UsageError(`${what} is read from the standard input: pipe it in, as \`… < file\`.`);
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The text that an option gives: itself, of a file as `@body.json`, or of the standard input as `-`. */
export async function textGiven(shell: Shell, given: string, option: string): Promise<string> {
  if (given === "-") return (await readStdin(shell, option)).toString("utf8");
  if (!given.startsWith("@")) return given;
  return readText(given.slice(1), option);
}

export function readText(file: string, option: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(`${option}: ${file} cannot be read (${(error as { code?: string }).code}).`);
  }
}

/** Throws a UsageError that names the option and the place where the text stops to be JSON. */
function parsedJson(text: string, option: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${option} must be JSON: ${(error as Error).message}.`);
  }
}

/** A JSON object. Throws a UsageError that names the option. */
export function parsedObject(text: string, option: string): Record<string, unknown> {
  const value = parsedJson(text, option);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new UsageError(`${option} must be a JSON object, as '{"id": "deal_1"}'.`);
}

/**
 * Asks for a yes, on a terminal. Where there is none, a UsageError says that `--yes` is needed. Returns false for
 * anything but y or yes.
 */
export async function confirmed(
  shell: Shell,
  question: string,
  isYes: boolean | undefined,
): Promise<boolean> {
  if (isYes) return true;
  if (!shell.stdin.isTTY || !shell.output.canDraw)
    throw new UsageError(`${question} There is no terminal to ask on: say --yes.`);
  const answer = await asked(shell, `${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** A line from the terminal. `isHidden`: what is typed is not shown. */
export async function asked(shell: Shell, question: string, isHidden = false): Promise<string> {
  process.stderr.write(question);
  const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const reader = createInterface({ input: shell.stdin, output, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      reader.once("SIGINT", () => reject(new InterruptedError("Interrupted.")));
      reader.once("close", () => reject(new CommandError("Nothing was answered.")));
      reader.once("line", resolve);
    });
  } finally {
    reader.close();
    if (isHidden) process.stderr.write("\n");
  }
}
