import type { Command } from "commander";
import { firstOf } from "../../tasks/first-of.ts";
import { deliveryColumns, eventColumns } from "../read/columns.ts";
import { listed, timeOrAgo } from "../shell/given.ts";
import { limitOption, pageOf } from "../shell/listing.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface SpanOptions {
  from?: string;
  to?: string;
  limit: number;
}

/** `events`: what was published. */
export function addEvents(program: Command, shell: Shell): void {
  const events = program
    .command("events")
    .description("list, show and search the events of the last 30 days");
  events
    .command("list")
    .description("list events, newest first")
    .option("--type <type>", "of this type alone")
    .option("--tag <tag>", "with this tag alone")
    .option("--from <time>", "accepted from then on: a time, or so long ago, as 2h", timeOrAgo)
    .option("--to <time>", "accepted before", timeOrAgo)
    .option(...limitOption)
    .action(async ({ limit, ...query }: SpanOptions & { type?: string; tag?: string }) => {
      const { atlas } = connect(shell);
      const list = atlas.events.list({ ...query, limit: pageOf(limit) });
      shell.output.table(await firstOf(list, limit), eventColumns, "There is no such event.");
    });
  events
    .command("get")
    .description("show an event; its data byte for byte with --json")
    .argument("<event>", "its id")
    .action(async (id: string) => {
      const { atlas } = connect(shell);
      if (shell.output.isJson) shell.output.line(await atlas.events.getText(id));
      else shell.output.record(await atlas.events.get(id));
    });
  events
    .command("deliveries")
    .description("list what became of an event at each endpoint")
    .argument("<event>", "its id")
    .action(async (id: string) => {
      const { atlas } = connect(shell);
      const { data } = await atlas.events.deliveries(id);
      shell.output.table(data, deliveryColumns, "It went to no endpoint: `atlas explain` says why.");
    });
  events
    .command("search")
    .description("find events by their content")
    .option("--types <list>", "patterns of types, as deal.*", listed)
    .option("--filter <expression>", "an expression that must be true, as 'deal.value > 10000'")
    .option("--text <text>", "found in the JSON of the data")
    .option("--from <time>", "accepted from then on: a time, or so long ago, as 2h", timeOrAgo)
    .option("--to <time>", "accepted before", timeOrAgo)
    .option(...limitOption)
    .addHelpText(
      "after",
      "\nExamples:\n  $ atlas events search --types 'deal.*' --filter 'deal.value > 10000' --from 1d",
    )
    .action((options: SearchOptions) => search(shell, options));
}

interface SearchOptions extends SpanOptions {
  types?: string[];
  filter?: string;
  text?: string;
}

async function search(shell: Shell, { limit, ...given }: SearchOptions): Promise<void> {
  const { atlas } = connect(shell);
  const { output } = shell;
  const found = [];
  let cursor: string | undefined;
  do {
    const page = await atlas.events.search({ ...given, limit: pageOf(limit - found.length), cursor });
    found.push(...page.data);
    cursor = page.next_cursor ?? undefined;
    output.progress(`${found.length} found, back to ${page.scanned.to ?? "the beginning"} …`);
  } while (cursor !== undefined && found.length < limit);
  output.endProgress();
  output.table(found, eventColumns, "No event fits.");
}
