import type { Command } from "commander";
import { Atlas, AtlasError } from "../../sdk/client/index.ts";
import { checkedUrl, forgetConnection, keepConnection, readUrl } from "../shell/configuration.ts";
import { UsageError } from "../shell/failure.ts";
import { asked, readStdin } from "../shell/input.ts";
import { connect, type Shell } from "../shell/shell.ts";

/** `login`, `logout`, `whoami`. */
export function addAccount(program: Command, shell: Shell): void {
  program
    .command("login")
    .description(
      "keep the service's URL and a key for later commands; the key is read from the terminal or from stdin",
    )
    .option("--url <url>", "where the service is; default: ATLAS_URL, or http://127.0.0.1:8787")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas login
  $ atlas login --url https://webhooks.example.com < key.txt`,
    )
    .action((options: { url?: string }) => logIn(shell, options));
  program
    .command("logout")
    .description("forget what `atlas login` kept")
    .action(() => {
      const wasKept = forgetConnection(shell.environment);
      shell.output.note(
        wasKept
          ? "The key is forgotten here. It still works: revoke it with `atlas keys revoke`."
          : "Nothing was kept.",
      );
    });
  program
    .command("whoami")
    .description("show whose key is used, and where")
    .action(async () => {
      const { atlas, connection } = connect(shell);
      const { portal: _, ...key } = await atlas.keys.current();
      shell.output.record(
        shell.output.isJson ? { url: connection.url, ...key } : { url: connection.url, ...flat(key) },
      );
    });
}

async function logIn(shell: Shell, options: { url?: string }): Promise<void> {
  const { environment, output, stdin } = shell;
  const url = options.url === undefined ? readUrl(environment) : checkedUrl(options.url, "--url");
  const typed = stdin.isTTY
    ? await asked(shell, `Key for ${url} (ak_…): `, true)
    : (await readStdin(shell, "The key")).toString("utf8");
  const key = typed.trim();
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new UsageError("The key must be one word, as ak_…: it was printed when it was made.");
  const atlas = new Atlas({ key, baseUrl: url, retries: 1 });
  const current = await atlas.keys.current().catch((error: unknown) => {
    if (error instanceof AtlasError && error.status === 401)
      throw new UsageError(`${url} does not know this key: copy it whole, or have a new one made.`);
    throw error;
  });
  const file = keepConnection(environment, { url, key });
  if (output.isJson) output.json({ url, file, role: current.role, workspace: current.workspace });
  else
    output.note(
      `Logged in to ${url}: workspace "${current.workspace.name}", key "${current.name}" (${current.role}). Kept in ${file}.`,
    );
  if (environment.ATLAS_KEY || environment.ATLAS_URL)
    output.note("ATLAS_KEY or ATLAS_URL is set, and counts before what is kept.");
}

function flat({ workspace, ...key }: { workspace: { id: string; name: string } }): object {
  return { ...key, workspace: `${workspace.name} (${workspace.id})` };
}
