import type { Command } from "commander";
import { connect, type Shell } from "../shell/shell.ts";
import { VERSION } from "../shell/version.ts";

/** `mcp`: the workspace for agents, over the Model Context Protocol. */
export function addMcp(program: Command, shell: Shell): void {
  program
    .command("mcp")
    .description(
      "serve agents over the Model Context Protocol (stdio): list, search, explain, and replay after a count",
    )
    .addHelpText(
      "after",
      `
What an agent may do is what the key may: give it one of its own (\`atlas keys create agent --role reader\`).

Examples:
  $ claude mcp add atlas --env ATLAS_KEY=ak_… -- npx atlas-webhooks mcp`,
    )
    .action(async () => {
      const { atlas } = connect(shell);
      const { role, scope } = await atlas.keys.current();
      // It brings what checks the tools' input, which no other command waits for.
      const { serveMcp } = await import("../mcp/server.ts");
      const caller = { role, isReadOnly: scope?.read_only ?? false };
      await serveMcp({ atlas, caller, version: VERSION, signal: shell.signal });
    });
}
