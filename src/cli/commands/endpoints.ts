import type { Command } from "commander";
import type { DeliverySweep, EndpointQuery, StatsWindow } from "../../sdk/client/index.ts";
import { firstOf } from "../../tasks/first-of.ts";
import { endpointColumns } from "../read/columns.ts";
import { confirmed } from "../shell/input.ts";
import { limitOption, pageOf } from "../shell/listing.ts";
import { connect, type Shell } from "../shell/shell.ts";
import { addEndpointChanges } from "./endpoint-changes.ts";

interface ListOptions {
  status?: string;
  dialect?: string;
  q?: string;
  limit: number;
}

/** `endpoints`: where events go. */
export function addEndpoints(program: Command, shell: Shell): void {
  const endpoints = program.command("endpoints").description("list, make, change and look after endpoints");
  endpoints
    .command("list")
    .description("list endpoints")
    .option("--status <status>", "enabled, paused or disabled alone")
    .option("--dialect <dialect>", "of this dialect alone")
    .option("--q <text>", "found in the URL or the description")
    .option(...limitOption)
    .action(async ({ limit, ...query }: ListOptions) => {
      const { atlas } = connect(shell);
      const list = atlas.endpoints.list({ ...(query as EndpointQuery), limit: pageOf(limit) });
      const none = "There is none: make one with `atlas endpoints create <url>`.";
      shell.output.table(await firstOf(list, limit), endpointColumns, none);
    });
  const ofOne = (name: string, description: string) =>
    endpoints.command(name).description(description).argument("<id>", "its id, ep_…");
  ofOne("get", "show an endpoint").action(async (id: string) => {
    shell.output.record(await connect(shell).atlas.endpoints.get(id));
  });
  addEndpointChanges(endpoints, shell);
  ofOne("delete", "delete an endpoint with its deliveries")
    .option("--yes", "do not ask")
    .action(async (id: string, { yes }: { yes?: boolean }) => {
      const { atlas } = connect(shell);
      if (!(await confirmed(shell, `Delete ${id} with all its deliveries?`, yes))) return;
      await atlas.endpoints.delete(id);
      if (shell.output.isJson) shell.output.json({ id, deleted: true });
      else shell.output.note(`${id} is deleted.`);
    });
  ofOne("secret", "show what its deliveries are signed with").action(async (id: string) => {
    shell.output.record(await connect(shell).atlas.endpoints.secret(id));
  });
  ofOne("rotate", "make a new secret; the old one stays valid for a while")
    .option("--secret <secret>", "the new one; default: it is generated")
    .option("--grace-hours <n>", "how long the old one stays valid; default: 24", Number)
    .action(async (id: string, { secret, graceHours }: { secret?: string; graceHours?: number }) => {
      const { atlas } = connect(shell);
      shell.output.record(await atlas.endpoints.rotateSecret(id, { secret, grace_hours: graceHours }));
    });
  ofOne("test", "send a sample at once, outside the queue")
    .option("--type <type>", "the sample of this event type")
    .action(async (id: string, sample: { type?: string }) => {
      shell.output.record(await connect(shell).atlas.endpoints.test(id, sample));
    });
  ofOne("stats", "show how it does")
    .option("--window <window>", "1h, 24h, 7d or 30d")
    .action(async (id: string, { window }: { window?: StatsWindow }) => {
      shell.output.record(await connect(shell).atlas.endpoints.stats(id, window));
    });
  ofOne("queue", "show what it attempts next, and why that waits").action(async (id: string) => {
    shell.output.record(await connect(shell).atlas.endpoints.queue(id));
  });
  addSweeps(endpoints, shell);
}

/** `retry` and `cancel` of all that is pending. */
function addSweeps(endpoints: Command, shell: Shell): void {
  endpoints
    .command("retry")
    .description("attempt now all that is pending")
    .argument("<id>", "its id, ep_…")
    .option("--key <key>", "of this key alone, where the order is by key")
    .action(async (id: string, { key }: { key?: string }) => {
      const { endpoints: client } = connect(shell).atlas;
      show(shell, await (key === undefined ? client.retryAll(id) : client.retryKey(id, key)));
    });
  endpoints
    .command("cancel")
    .description("give up all that is pending")
    .argument("<id>", "its id, ep_…")
    .option("--key <key>", "of this key alone, where the order is by key")
    .option("--yes", "do not ask")
    .action(async (id: string, { key, yes }: { key?: string; yes?: boolean }) => {
      const { atlas } = connect(shell);
      const { depth } = await atlas.endpoints.queue(id);
      const what =
        key === undefined ? `the ${depth} pending deliveries` : `what is pending of the key ${key}`;
      if (!(await confirmed(shell, `Cancel ${what} of ${id}?`, yes))) return;
      show(shell, await atlas.endpoints.cancelAll(id, key === undefined ? {} : { key }));
    });
}

function show({ output }: Shell, sweep: DeliverySweep): void {
  output.record(sweep);
}
