import { Command } from "commander";
import { addAccount } from "./commands/account.ts";
import { addCompletion } from "./commands/completion.ts";
import { addDeliveries } from "./commands/deliveries.ts";
import { addEndpoints } from "./commands/endpoints.ts";
import { addEventTypes } from "./commands/event-types.ts";
import { addEvents } from "./commands/events.ts";
import { addExplain } from "./commands/explain.ts";
import { addInbox } from "./commands/inbox.ts";
import { addKeys } from "./commands/keys.ts";
import { addListen } from "./commands/listen.ts";
import { addMcp } from "./commands/mcp.ts";
import { addPull } from "./commands/pull.ts";
import { addReplay } from "./commands/replay.ts";
import { addServe } from "./commands/serve.ts";
import { addTail } from "./commands/tail.ts";
import { addTrigger } from "./commands/trigger.ts";
import { addVerify } from "./commands/verify.ts";
import { addWorkspaceFile } from "./commands/workspace-file.ts";
import { refuseEmpty } from "./shell/given.ts";
import type { Shell } from "./shell/shell.ts";

/** The whole command line. Commands are added here and nowhere else; `--help` lists them in this order. */
export function buildProgram(shell: Shell, version: string): Command {
  const program = new Command("atlas");
  program
    .description("Publish, watch, explain and replay webhooks of Atlas Webhooks.")
    .version(version, "-V, --version", "show the version")
    .option("--json", "write JSON, for programs")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help of a command")
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .hook("preAction", (_program, command) => {
      shell.output.isJson = command.optsWithGlobals().json === true;
      refuseEmpty(command);
    })
    .addHelpText(
      "after",
      `
Where the service is, and who asks: ATLAS_URL and ATLAS_KEY, or \`atlas login\`.
Exit codes: 0 done, 1 failed, 2 called wrongly, 130 interrupted.

Examples:
  $ atlas login --url https://webhooks.example.com
  $ atlas webhooks trigger deal.created --data '{"id": "deal_1", "value": 12500}'
  $ atlas explain evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8`,
    );
  addAccount(program, shell);
  const webhooks = program.command("webhooks").description("publish events and watch their deliveries");
  addTrigger(webhooks, shell);
  addListen(webhooks, shell);
  addTail(webhooks, shell);
  addExplain(program, shell);
  addReplay(program, shell);
  addEndpoints(program, shell);
  addEvents(program, shell);
  addDeliveries(program, shell);
  addEventTypes(program, shell);
  addKeys(program, shell);
  addInbox(program, shell);
  addPull(program, shell);
  addVerify(program, shell);
  addServe(program, shell);
  addWorkspaceFile(program, shell);
  addMcp(program, shell);
  addCompletion(program, shell);
  return program;
}
