import type { Command } from "commander";
import type { EventType, EventTypeInput } from "../../sdk/client/index.ts";
import { eventDeclarations } from "../../sdk/event-types/workspace-events.ts";
import { firstOf } from "../../tasks/first-of.ts";
import { confirmed, parsedObject, textGiven } from "../shell/input.ts";
import { limitOption, pageOf } from "../shell/listing.ts";
import type { Column } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";

const COLUMNS: readonly Column<EventType>[] = [
  { title: "TYPE", value: ({ type }) => type },
  { title: "CATEGORY", value: ({ category }) => category },
  { title: "SCHEMA", value: ({ schema }) => (schema ? "yes" : "-") },
  { title: "DESCRIPTION", value: ({ description }) => description },
];

/** As many as a workspace's declarations have room for; a workspace has fewer. */
const ALL = 100_000;

/** `types`: the workspace's event types; without a further command, the TypeScript of their events. */
export function addEventTypes(program: Command, shell: Shell): void {
  const types = program
    .command("types")
    .description(
      "event types; `atlas types` alone writes the TypeScript declarations of the workspace's events",
    )
    .option("--dialect <dialect>", "as they are delivered: atlas or standard", "atlas")
    .addHelpText(
      "after",
      "\nExamples:\n  $ atlas types > events.d.ts\n  $ atlas types put deal.created --data @deal.json",
    )
    .action(async ({ dialect }: { dialect: string }) => {
      const { atlas } = connect(shell);
      const all = await firstOf(atlas.eventTypes.list({ limit: 200 }), ALL);
      if (shell.output.isJson) shell.output.json(all);
      else shell.output.text(eventDeclarations(all, dialect));
    });
  types
    .command("list")
    .description("list event types")
    .option("--category <name>", "listed under it alone")
    .option("--q <text>", "found in the name or the description")
    .option(...limitOption)
    .action(async ({ limit, ...query }: { limit: number; category?: string; q?: string }) => {
      const { atlas } = connect(shell);
      const list = atlas.eventTypes.list({ ...query, limit: pageOf(limit) });
      shell.output.table(
        await firstOf(list, limit),
        COLUMNS,
        "There is none: make one with `atlas types put`.",
      );
    });
  types
    .command("get")
    .description("show an event type with its schema and sample")
    .argument("<type>", "its name")
    .action(async (type: string) => {
      shell.output.record(await connect(shell).atlas.eventTypes.get(type));
    });
  types
    .command("put")
    .description("make an event type, or replace it whole")
    .argument("<type>", "its name")
    .requiredOption("--data <json>", "category, description, schema, sample: JSON, @file, or - for stdin")
    .action(async (type: string, { data }: { data: string }) => {
      const { atlas } = connect(shell);
      const body = parsedObject(await textGiven(shell, data, "--data"), "--data");
      shell.output.record(await atlas.eventTypes.put(type, body as EventTypeInput));
    });
  types
    .command("sample")
    .description("show its sample as it would go over the wire")
    .argument("<type>", "its name")
    .option("--as <dialect>", "in this dialect; default: standard")
    .action(async (type: string, options: { as?: string }) => {
      shell.output.record(await connect(shell).atlas.eventTypes.sample(type, options.as));
    });
  types
    .command("delete")
    .description("delete an event type")
    .argument("<type>", "its name")
    .option("--yes", "do not ask")
    .action(async (type: string, { yes }: { yes?: boolean }) => {
      const { atlas } = connect(shell);
      if (!(await confirmed(shell, `Delete ${type}?`, yes))) return;
      await atlas.eventTypes.delete(type);
      if (shell.output.isJson) shell.output.json({ type, deleted: true });
      else shell.output.note(`${type} is deleted.`);
    });
}
