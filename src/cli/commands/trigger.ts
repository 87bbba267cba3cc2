import type { Command } from "commander";
import { type Atlas, AtlasError } from "../../sdk/client/index.ts";
import { CommandError, UsageError } from "../shell/failure.ts";
import { listed, pair } from "../shell/given.ts";
import { parsedObject, textGiven } from "../shell/input.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface TriggerOptions {
  data?: string;
  id?: string;
  tags?: string[];
  context?: Record<string, string>;
}

/** `webhooks trigger`: publishes one event. */
export function addTrigger(webhooks: Command, shell: Shell): void {
  webhooks
    .command("trigger")
    .description("publish an event")
    .argument("<type>", "its type, as deal.created")
    .option("--data <json>", "its data: JSON, @file, or - for stdin; default: the sample of the type")
    .option("--id <id>", "an id of your own: sent again, it counts once")
    .option("--tags <list>", "its tags, as a comma list", listed)
    .option("--context <name=value>", "a pair of its context; may be repeated", pair)
    .addHelpText(
      "after",
      `
Examples:
  $ atlas webhooks trigger deal.created
  $ atlas webhooks trigger deal.created --data '{"id": "deal_1", "value": 12500}'
  $ jq .payload order.json | atlas webhooks trigger order.paid --data -`,
    )
    .action((type: string, options: TriggerOptions) => trigger(shell, type, options));
}

async function trigger(
  shell: Shell,
  type: string,
  { data, id, tags, context }: TriggerOptions,
): Promise<void> {
  const { atlas } = connect(shell);
  const text = data === undefined ? await sampleOf(atlas, type) : await textGiven(shell, data, "--data");
  parsedObject(text, "--data");
  const rest = JSON.stringify({ type, id, tags, context });
  // Put together as text: the numbers of the data keep their digits.
  const accepted = await atlas.events.publishText(`${rest.slice(0, -1)},"data":${text}}`);
  const { output } = shell;
  if (output.isJson) return output.json(accepted);
  output.record(accepted);
  if (accepted.endpoints === 0) output.note(`No endpoint takes it. To see why: atlas explain ${accepted.id}`);
}

async function sampleOf(atlas: Atlas, type: string): Promise<string> {
  const known = await atlas.eventTypes.get(type).catch((error: unknown) => {
    if (error instanceof AtlasError && error.status === 404) return null;
    if (error instanceof AtlasError && error.status === 403)
      throw new UsageError("This key cannot read samples: give --data.");
    throw error;
  });
  if (known?.sample && Object.keys(known.sample).length > 0) return JSON.stringify(known.sample);
  throw new CommandError(
    known === null
      ? `${type} is none of the workspace's event types, so there is no sample of it: give --data.`
      : `${type} has no sample: give --data.`,
  );
}
