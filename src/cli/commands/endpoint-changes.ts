import type { Command } from "commander";
import type { EndpointChange, NewEndpoint } from "../../sdk/client/index.ts";
import { UsageError } from "../shell/failure.ts";
import { listed, pair, positiveNumber } from "../shell/given.ts";
import { parsedObject, textGiven } from "../shell/input.ts";
import { connect, type Shell } from "../shell/shell.ts";

/** The settings that have an option of their own; `--data` takes all that the API knows. */
interface Settings {
  types?: string[];
  filter?: string;
  dialect?: string;
  description?: string;
  secret?: string;
  serialize?: boolean;
  order?: EndpointChange["order"];
  rate?: number;
  metadata?: Record<string, string>;
  header?: Record<string, string>;
  data?: string;
}

/** `endpoints create`, `update`, `pause`, `resume`, `disable`. */
export function addEndpointChanges(endpoints: Command, shell: Shell): void {
  withSettings(endpoints.command("create").description("make an endpoint; the answer has its secret"))
    .argument("[url]", "where deliveries go; may be left out where --data has another transport")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas endpoints create https://example.com/webhooks --types 'deal.*'
  $ atlas endpoints create http://127.0.0.1:4000/webhooks --serialize --data '{"timeout": 5}'`,
    )
    .action(async (url: string | undefined, settings: Settings) => {
      const { atlas } = connect(shell);
      const body = await bodyOf(shell, settings);
      const made = await atlas.endpoints.create({
        ...(body as NewEndpoint),
        ...(url === undefined ? {} : { url }),
      });
      shell.output.record(made);
    });
  withSettings(endpoints.command("update").description("change an endpoint"))
    .argument("<id>", "its id, ep_…")
    .option("--url <url>", "where deliveries go")
    .addHelpText(
      "after",
      "\nExamples:\n  $ atlas endpoints update ep_… --url https://example.com/new --rate 20",
    )
    .action(async (id: string, { url, ...settings }: Settings & { url?: string }) => {
      const { atlas } = connect(shell);
      const change = { ...(await bodyOf(shell, settings)), ...(url === undefined ? {} : { url }) };
      if (Object.keys(change).length === 0)
        throw new UsageError("Nothing to change was given: see `atlas endpoints update --help`.");
      shell.output.record(await atlas.endpoints.update(id, change));
    });
  const statuses = [
    { name: "pause", status: "paused", description: "stop attempts; events are kept for it" },
    {
      name: "resume",
      status: "enabled",
      description: "go on with attempts, after a pause or where it was disabled",
    },
    { name: "disable", status: "disabled", description: "stop attempts; events that match count as missed" },
  ] as const;
  for (const { name, status, description } of statuses) {
    endpoints
      .command(name)
      .description(description)
      .argument("<id>", "its id, ep_…")
      .action(async (id: string) => {
        shell.output.record(await connect(shell).atlas.endpoints.update(id, { status }));
      });
  }
}

function withSettings(command: Command): Command {
  return command
    .option("--types <list>", "patterns of the types that it gets, as deal.*,contact.created", listed)
    .option("--filter <expression>", "an expression that must be true, as 'deal.value > 10000'")
    .option("--dialect <dialect>", "the wire contract, as standard or atlas")
    .option("--description <text>", "for people")
    .option("--secret <secret>", "what deliveries are signed with; default: it is generated")
    .option("--serialize", "one delivery at a time, in strict order")
    .option("--no-serialize", "several at once")
    .option("--order <order>", "none, endpoint, or what its key is, as data.customer.id", orderOf)
    .option("--rate <n>", "attempts a second at the most", positiveNumber)
    .option("--metadata <name=value>", "a pair of yours; may be repeated", pair)
    .option("--header <name=value>", "a header of every attempt; may be repeated", pair)
    .option("--data <json>", "more settings, as the API takes them: JSON, @file, or - for stdin");
}

/** The order that a text stands for: its name, or what a key is read from. */
function orderOf(text: string): NonNullable<EndpointChange["order"]> {
  return text === "none" || text === "endpoint" ? text : { by: text };
}

async function bodyOf(shell: Shell, { rate, header, data, ...settings }: Settings): Promise<EndpointChange> {
  const more = data === undefined ? {} : parsedObject(await textGiven(shell, data, "--data"), "--data");
  const given = {
    ...settings,
    headers: header,
    rate_limit: rate === undefined ? undefined : { per_second: rate },
  };
  const named = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...more, ...Object.fromEntries(named) };
}
