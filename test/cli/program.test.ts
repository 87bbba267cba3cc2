import { Command } from "commander";
import { expect, it } from "vitest";
import { buildProgram } from "../../src/cli/program.ts";
import { UsageError } from "../../src/cli/shell/failure.ts";
import { ForeignWords, refuseEmpty } from "../../src/cli/shell/given.ts";
import type { Shell } from "../../src/cli/shell/shell.ts";

/** Fails where anything of it is used but its output's form. */
const SHELL = { output: {} } as Shell;

/** Each command that takes arguments: the words that call it, with the options that it must have, and the arguments' names. */
function withArguments(command: Command, words: string[] = []): [words: string[], names: string[]][] {
  const names = command.registeredArguments.map((argument) => argument.name());
  const deeper = command.commands.flatMap((one) => withArguments(one, [...words, one.name()]));
  const needed = command.options
    .filter(({ mandatory }) => mandatory)
    .flatMap(({ long, argChoices }) => [long ?? "", argChoices?.[0] ?? "{}"]);
  return names.length === 0 ? deeper : [[[...words, ...needed], names], ...deeper];
}

const COMMANDS = withArguments(buildProgram(SHELL, "1.0.0")).filter(
  // Their words are another program's.
  ([words]) => !["webhooks listen", "complete"].includes(words.join(" ")),
);

it.each(COMMANDS)("names an argument that is empty, before it asks anything: %s", async (words, names) => {
  const program = buildProgram(SHELL, "1.0.0");
  const refused = await program
    .parseAsync([...words, ...names.map(() => "")], { from: "user" })
    .catch((error) => error);
  expect(refused).toBeInstanceOf(UsageError);
  expect(refused.message).toMatch(new RegExp(`^<${names[0]}> must not be empty: `));
});

it("takes empty words for another program, and refuses them elsewhere, whatever the argument is called", () => {
  const parsed = (argument: ForeignWords | null) => {
    const command = new Command().action(() => {});
    if (argument === null) command.argument("[words...]", "ids");
    else command.addArgument(argument);
    return command.parse(["", "a"], { from: "user" });
  };
  expect(() => refuseEmpty(parsed(null))).toThrow(new UsageError("<words> must not be empty: ids."));
  expect(() => refuseEmpty(parsed(new ForeignWords("[words...]")))).not.toThrow();
});
