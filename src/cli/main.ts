import { CommanderError } from "commander";
import { buildProgram } from "./program.ts";
import { EXIT_CODES, exitCodeOf, failureBody, InterruptedError, messageOf } from "./shell/failure.ts";
import { Output } from "./shell/output.ts";
import type { Shell } from "./shell/shell.ts";
import { VERSION } from "./shell/version.ts";

/** The command line `atlas`. Returns the exit code. */
export async function main(given: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr, env: environment } = process;
  const output = new Output({ stdout, stderr, environment });
  output.isJson = given.includes("--json");
  const interrupting = new AbortController();
  process.once("SIGINT", () => {
    interrupting.abort();
    // A second one ends it at once, whatever it is at.
    process.once("SIGINT", () => process.exit(EXIT_CODES.interrupted));
  });
  process.on("SIGTERM", () => {
    // `serve` hands it on, and ends as its server does. Others tidy up as after Ctrl-C: a screen is given back, a listener leaves.
    if (process.listenerCount("SIGTERM") === 1) interrupting.abort();
  });
  const shell: Shell = { environment, stdin, output, signal: interrupting.signal };
  const program = buildProgram(shell, VERSION);
  // Each command, not the program alone: its settings are not handed down to those that exist.
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => output.text(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {},
    });
  }
  try {
    await program.parseAsync(given, { from: "user" });
    return shell.signal.aborted ? EXIT_CODES.interrupted : EXIT_CODES.done;
  } catch (error) {
    return report(output, shell.signal.aborted ? new InterruptedError("Interrupted.") : error);
  }
}

function report(output: Output, error: unknown): number {
  if (error instanceof InterruptedError) return EXIT_CODES.interrupted;
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.done;
    // It has shown the help of a group that was called without a command.
    if (error.code === "commander.help") return EXIT_CODES.usage;
    const message = messageOf(new Error(error.message.replace(/^error: /, "")));
    if (output.isJson) output.errorJson({ code: "usage", message });
    else output.error(message);
    return EXIT_CODES.usage;
  }
  if (output.isJson) output.errorJson(failureBody(error));
  else output.error(messageOf(error));
  return exitCodeOf(error);
}
