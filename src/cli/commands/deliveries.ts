import type { Command } from "commander";
import { firstOf } from "../../tasks/first-of.ts";
import { deliveryColumns } from "../read/columns.ts";
import { timeOrAgo } from "../shell/given.ts";
import { limitOption, pageOf } from "../shell/listing.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface ListOptions {
  endpoint?: string;
  event?: string;
  status?: string;
  error?: string;
  responseStatus?: string;
  type?: string;
  from?: string;
  to?: string;
  limit: number;
}

/** `deliveries`: what became of events at endpoints. */
export function addDeliveries(program: Command, shell: Shell): void {
  const deliveries = program
    .command("deliveries")
    .description("list, show, retry, cancel and replay deliveries");
  deliveries
    .command("list")
    .description("list deliveries, newest first within an endpoint")
    .option("--endpoint <id>", "of this endpoint alone")
    .option("--event <id>", "of this event alone")
    .option("--status <status>", "pending, delivered, dead or canceled alone")
    .option("--error <code>", "those whose last attempt ended so, as timeout")
    .option("--response-status <status>", "those answered so last, as 503 or 5xx")
    .option("--type <type>", "of this event type alone")
    .option("--from <time>", "made from then on: a time, or so long ago, as 2h", timeOrAgo)
    .option("--to <time>", "made before", timeOrAgo)
    .option(...limitOption)
    .addHelpText("after", "\nExamples:\n  $ atlas deliveries list --status dead --from 1d")
    .action(async ({ limit, endpoint, event, responseStatus, ...rest }: ListOptions) => {
      const { atlas } = connect(shell);
      const query = {
        ...rest,
        ...{ endpoint_id: endpoint, event_id: event, response_status: responseStatus, limit: pageOf(limit) },
      } as Parameters<typeof atlas.deliveries.list>[0];
      const rows = await firstOf(atlas.deliveries.list(query), limit);
      shell.output.table(rows, deliveryColumns, "There is no such delivery.");
    });
  const ofOne = (name: string, description: string) =>
    deliveries
      .command(name)
      .description(description)
      .argument("<endpoint>", "the endpoint's id")
      .argument("<delivery>", "the delivery's id");
  ofOne("get", "show a delivery with its attempts").action(async (endpoint: string, id: string) => {
    const { atlas } = connect(shell);
    shell.output.record(await atlas.endpoints.delivery(endpoint, id));
  });
  ofOne(
    "request",
    "show the request of an attempt as it was sent, or as it would be sent next; secrets are masked",
  )
    .option("--attempt <n>", "the attempt's number; default: the last", Number)
    .action(async (endpoint: string, id: string, query: { attempt?: number }) => {
      const { atlas } = connect(shell);
      shell.output.record(await atlas.endpoints.deliveryRequest(endpoint, id, query));
    });
  ofOne("retry", "attempt a pending delivery now").action(async (endpoint: string, id: string) => {
    const { atlas } = connect(shell);
    shell.output.record(await atlas.endpoints.retry(endpoint, id));
  });
  ofOne("cancel", "give up a pending delivery").action(async (endpoint: string, id: string) => {
    const { atlas } = connect(shell);
    shell.output.record(await atlas.endpoints.cancel(endpoint, id));
  });
  ofOne("replay", "deliver the event again, as a new delivery at the end of the endpoint's order").action(
    async (endpoint: string, id: string) => {
      const { atlas } = connect(shell);
      shell.output.record(await atlas.endpoints.replay(endpoint, id));
    },
  );
}
