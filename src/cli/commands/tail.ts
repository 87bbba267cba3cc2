import type { Command } from "commander";
import type { Delivery } from "../../sdk/client/index.ts";
import { lastAttemptText } from "../../tasks/last-attempt.ts";
import { statusStyle } from "../read/columns.ts";
import { InterruptedError } from "../shell/failure.ts";
import { printable } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";
import type { TailFilter } from "../tail/watch.ts";

interface TailOptions extends Omit<TailFilter, "endpoint_id"> {
  endpoint?: string;
}

/** `webhooks tail`: deliveries as they change, until Ctrl-C. */
export function addTail(webhooks: Command, shell: Shell): void {
  webhooks
    .command("tail")
    .description("show deliveries as they change, until Ctrl-C; with --json one object a line")
    .option("--endpoint <id>", "of this endpoint alone")
    .option("--status <status>", "pending, delivered, dead or canceled alone")
    .option("--type <type>", "of this event type alone")
    .option("--error <code>", "those whose last attempt ended so, as timeout")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas webhooks tail
  $ atlas webhooks tail --status dead --json | jq .event_id`,
    )
    .action((options: TailOptions) => tail(shell, options));
}

async function tail(shell: Shell, { endpoint, ...filter }: TailOptions): Promise<void> {
  const { output, signal } = shell;
  const { atlas, connection } = connect(shell);
  // It brings a library of sockets, which no other command waits for.
  const { watchDeliveries } = await import("../tail/watch.ts");
  await watchDeliveries(
    { atlas, url: connection.url, filter: { ...filter, endpoint_id: endpoint }, signal },
    {
      onOpen: () => output.note("Waiting for deliveries. Ctrl-C ends it."),
      onGap: () => output.note("Some changes are not shown: `atlas deliveries list` has them."),
      onClose: (againInMs) =>
        output.note(`The service is away; tried again in ${(againInMs / 1000).toFixed(1)} s.`),
      onDeliveries: (changed) => {
        for (const delivery of changed) show(shell, delivery);
      },
    },
  );
  throw new InterruptedError("Interrupted.");
}

function show({ output }: Shell, delivery: Delivery): void {
  // One a line, on a terminal as well: programs read lines.
  if (output.isJson) {
    output.line(JSON.stringify(delivery));
    return;
  }
  const { created_at, status, event_type, event_id, endpoint_id, last_attempt } = delivery;
  const fields = [
    created_at,
    output.style(statusStyle(status), status.padEnd(9)),
    event_type,
    event_id,
    endpoint_id,
  ];
  output.line(
    [...fields.map((field, at) => (at === 1 ? field : printable(field))), lastAttemptText(last_attempt)].join(
      "\t",
    ),
  );
}
