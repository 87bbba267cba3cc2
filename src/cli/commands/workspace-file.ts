import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { CommandError, messageOf } from "../shell/failure.ts";
import { confirmed, readStdin, readText } from "../shell/input.ts";
import { connect, type Shell } from "../shell/shell.ts";
import { readCurrent } from "../workspace-file/current.ts";
import { exportWorkspace, type Variable } from "../workspace-file/export.ts";
import { planOf, type Step } from "../workspace-file/plan.ts";

/** `export` and `apply`: a workspace's endpoints, event types and settings as one file. */
export function addWorkspaceFile(program: Command, shell: Shell): void {
  program
    .command("export")
    .description(
      "write the workspace's settings, event types and endpoints as YAML; secrets as references to the environment",
    )
    .option("--secrets-file <file>", "write the secrets that it refers to here, for its owner alone")
    .addHelpText("after", "\nExamples:\n  $ atlas export --secrets-file workspace.env > workspace.yaml")
    .action((options: { secretsFile?: string }) => write(shell, options));
  program
    .command("apply")
    .description("configure the workspace as a file of `atlas export` says; what is so already is left alone")
    .argument("[file]", "the file; default: stdin")
    .option("--plan", "show what would change, and change nothing")
    .option("--prune", "delete endpoints and event types that the file does not name")
    .option(
      "--rewrite-secrets",
      "write headers and credentials, which the service does not show, in any case",
    )
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas apply workspace.yaml --plan
  $ set -a; . ./workspace.env; set +a; atlas apply workspace.yaml --yes
  $ atlas export | ATLAS_URL=https://other.example.com ATLAS_KEY=ak_… atlas apply --yes`,
    )
    .action((file: string | undefined, options: ApplyOptions) => apply(shell, file, options));
}

async function write(shell: Shell, { secretsFile }: { secretsFile?: string }): Promise<void> {
  const { output } = shell;
  const { atlas } = connect(shell);
  const { writeFile } = await import("../workspace-file/file.ts");
  const { file, variables } = await exportWorkspace(atlas);
  if (secretsFile !== undefined) writeVariables(secretsFile, variables);
  const unknown = variables.filter(({ value }) => value === null);
  if (output.isJson) output.json(file);
  else output.text(writeFile(file));
  if (unknown.length > 0)
    output.note(
      `The service does not show these; set them where the file is applied: ${unknown.map(({ name }) => name).join(", ")}.`,
    );
}

function writeVariables(file: string, variables: readonly Variable[]): void {
  const lines = variables.map(({ name, value }) =>
    value === null
      ? `# ${name}= (the service does not show it)`
      : `${name}='${value.replaceAll("'", "'\\''")}'`,
  );
  try {
    // Not over one that others may read.
    writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as { code?: string };
    throw new CommandError(
      code === "EEXIST"
        ? `--secrets-file: ${file} is there already: remove it, or name another.`
        : `--secrets-file: ${file} cannot be written (${code}).`,
    );
  }
}

interface ApplyOptions {
  plan?: boolean;
  prune?: boolean;
  rewriteSecrets?: boolean;
  yes?: boolean;
}

async function apply(shell: Shell, path: string | undefined, options: ApplyOptions): Promise<void> {
  const { environment, output } = shell;
  const isStdin = path === undefined || path === "-";
  const text = isStdin ? (await readStdin(shell, "The file")).toString("utf8") : readText(path, "<file>");
  // It brings the library of YAML, which no other command waits for.
  const { readFile } = await import("../workspace-file/file.ts");
  const file = readFile(text, environment);
  const { atlas } = connect(shell);
  const steps = await planOf(file, await readCurrent(atlas), {
    isPruning: options.prune === true,
    isRewriting: options.rewriteSecrets === true,
    secretOf: async ({ id }) => (await atlas.endpoints.secret(id)).secret,
  });
  if (output.isJson && options.plan) {
    output.json(steps.map(asJson));
    return;
  }
  if (!output.isJson) for (const step of steps) output.line(lineOf(shell, step));
  if (steps.length === 0) output.note("Nothing is to be changed.");
  if (steps.length > 0 && !options.plan) await carryOut(shell, steps, isStdin, options.yes);
  if (output.isJson) output.json(steps.map(asJson));
}

async function carryOut(
  shell: Shell,
  steps: readonly Step[],
  isStdin: boolean,
  isYes?: boolean,
): Promise<void> {
  const { output } = shell;
  const { atlas } = connect(shell);
  if (isStdin && !isYes)
    throw new CommandError("Nothing was changed: where the file comes from stdin, say --yes.");
  if (!(await confirmed(shell, `Make these ${steps.length} changes?`, isYes))) return;
  for (const [done, step] of steps.entries()) {
    output.progress(`${done}/${steps.length}`);
    await step.apply(atlas).catch((error: unknown) => {
      output.endProgress();
      output.note(
        `${done} of ${steps.length} changes were made; the file can be applied again, which leaves these alone.`,
      );
      throw new CommandError(`${step.kind} ${step.name}: ${messageOf(error)}`);
    });
  }
  output.endProgress();
  output.note(`${steps.length} changes were made.`);
}

const SIGNS = { create: ["+", "green"], update: ["~", "yellow"], delete: ["-", "red"] } as const;

function lineOf({ output }: Shell, { action, kind, name, fields }: Step): string {
  const [sign, style] = SIGNS[action];
  return output.style(style, `${sign} ${kind} ${name}${fields.length > 0 ? `: ${fields.join(", ")}` : ""}`);
}

function asJson({ action, kind, name, fields }: Step): object {
  return { action, kind, name, fields };
}
