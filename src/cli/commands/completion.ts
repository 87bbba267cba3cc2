import type { Command } from "commander";
import { UsageError } from "../shell/failure.ts";
import { ForeignWords } from "../shell/given.ts";
import type { Shell } from "../shell/shell.ts";

/** What a shell may offer after a line: subcommands and options of the command that the words name. */
function completionsOf(program: Command, words: readonly string[]): string[] {
  let command = program;
  for (const word of words.slice(0, -1)) {
    const next = command.commands.find((one) => one.name() === word);
    if (next !== undefined) command = next;
  }
  const last = words.at(-1) ?? "";
  const names = command.commands.map((one) => one.name()).filter((name) => name !== "complete");
  const options = [...command.options, ...program.options].flatMap(({ long }) => (long ? [long] : []));
  return [...new Set([...names, ...(last.startsWith("-") ? [...options, "--help"] : [])])].filter((one) =>
    one.startsWith(last),
  );
}

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_atlas() {
  COMPREPLY=($(atlas complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _atlas atlas
`,
  zsh: `#compdef atlas
_atlas() {
  local -a found
  found=(\${(f)"$(atlas complete -- "\${words[@]:1:$((CURRENT - 1))}" 2> /dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _atlas atlas
`,
  fish: `complete -c atlas -f -a '(atlas complete -- (commandline -opc)[2..-1] (commandline -ct) 2> /dev/null)'
`,
};

/** `completion` writes a shell's script; `complete` is what the scripts ask. */
export function addCompletion(program: Command, shell: Shell): void {
  program
    .command("completion")
    .description("write the completion script of a shell")
    .argument("<shell>", "bash, zsh or fish")
    .addHelpText(
      "after",
      `
Examples:
  $ source <(atlas completion bash)
  $ atlas completion zsh > ~/.zfunc/_atlas
  $ atlas completion fish > ~/.config/fish/completions/atlas.fish`,
    )
    .action((name: string) => {
      const script = Object.hasOwn(SCRIPTS, name) ? SCRIPTS[name] : undefined;
      if (script === undefined) throw new UsageError("<shell> must be bash, zsh or fish.");
      shell.output.text(script);
    });
  program
    .command("complete", { hidden: true })
    .addArgument(new ForeignWords("[words...]"))
    .allowUnknownOption()
    .action((words: string[]) => {
      for (const one of completionsOf(program, words)) shell.output.line(one);
    });
}
