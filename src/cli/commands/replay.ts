import type { Command } from "commander";
import type { EventReplays, Replay } from "../../sdk/client/index.ts";
import { firstOf } from "../../tasks/first-of.ts";
import { countOf, planNamed, replayNamed } from "../../tasks/named-replay.ts";
import { followReplay, type Progress, type Selection, startReplay } from "../../tasks/selected-replay.ts";
import { CommandError, InterruptedError, UsageError } from "../shell/failure.ts";
import { listed, positiveNumber, timeOrAgo } from "../shell/given.ts";
import { confirmed } from "../shell/input.ts";
import { limitOption } from "../shell/listing.ts";
import type { Column } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface ReplayOptions {
  endpoint?: string[];
  status?: string;
  types?: string[];
  from?: string;
  to?: string;
  error?: string;
  responseStatus?: string;
  rate?: number;
  dryRun?: boolean;
  yes?: boolean;
}

/** `replay`: old events again, after a count, a sample and a yes. */
export function addReplay(program: Command, shell: Shell): void {
  program
    .command("replay")
    .description("deliver events again: counts them and shows a sample, asks, then follows it to its end")
    .argument("[events...]", "ids of events; without any: those that the options select")
    .option("--endpoint <list>", "to these endpoints; default: to all that are enabled", listed)
    .option("--status <status>", "dead, delivered, missed or any")
    .option("--types <list>", "patterns of types, as deal.*", listed)
    .option("--from <time>", "accepted from then on: a time, or so long ago, as 2h", timeOrAgo)
    .option("--to <time>", "accepted before", timeOrAgo)
    .option("--error <code>", "of dead ones: whose last attempt ended so, as timeout")
    .option("--response-status <status>", "of dead ones: answered so last, as 503 or 5xx")
    .option("--rate <n>", "so many a second", positiveNumber)
    .option("--dry-run", "count and show a sample alone")
    .option("--yes", "do not ask")
    .addHelpText(
      "after",
      `
Examples:
  $ atlas replay evt_01KAGW9ZQ8N3V5XTB2C4D6E7F8
  $ atlas replay --status dead --from 1d --dry-run
  $ atlas replay --endpoint ep_… --status missed --types 'deal.*' --rate 20 --yes`,
    )
    .action((events: string[], options: ReplayOptions) => replay(shell, events, options));
  addReplays(program, shell);
}

async function replay(shell: Shell, events: readonly string[], options: ReplayOptions): Promise<void> {
  const { endpoint: endpoints = [], responseStatus, rate, dryRun, yes, status, ...rest } = options;
  if (events.length > 0) {
    const beside = Object.keys({
      ...rest,
      ...(status && { status }),
      ...(rate && { rate }),
      ...(responseStatus && { responseStatus }),
    });
    if (beside.length > 0)
      throw new UsageError(
        `Named events are replayed whatever they are: leave out --${beside[0]}, or the ids.`,
      );
    return replayEvents(shell, events, endpoints, options);
  }
  if (status === undefined)
    throw new UsageError("Say which: ids of events, or --status dead, delivered, missed or any.");
  const select = {
    // What is counted is what goes: not what comes in meanwhile.
    ...{ status, types: rest.types, from: rest.from, to: rest.to ?? new Date().toISOString() },
    ...{ error: rest.error, response_status: responseStatus, rate_per_second: rate },
  } as Selection["select"];
  const { atlas } = connect(shell);
  const { output, signal } = shell;
  const selection = { endpoints, events, select };
  const counting = await startReplay(atlas, selection, true);
  const counted = await followReplay(atlas, counting, signal, ({ total }) =>
    output.progress(`Counting … ${total ?? 0}`),
  );
  output.endProgress();
  if (counted.state !== "done")
    throw new CommandError(`It cannot be counted: ${counted.error ?? counted.state}.`);
  if (dryRun && output.isJson) return output.json(counted);
  showCount(shell, counted);
  if (dryRun || counted.total === 0) return;
  if (!(await confirmed(shell, `Replay ${deliveriesText(counted.total)}?`, yes))) return;
  await follow(shell, await startReplay(atlas, selection, false));
}

async function follow(shell: Shell, started: Progress): Promise<void> {
  const { output, signal } = shell;
  const { atlas } = connect(shell);
  const cancel =
    started.endpoint === null
      ? `atlas replays cancel ${started.id}`
      : `atlas replays cancel ${started.id} --endpoint ${started.endpoint}`;
  try {
    const ended = await followReplay(atlas, started, signal, (progress) => output.progress(bar(progress)));
    output.endProgress();
    if (output.isJson) output.json(ended);
    if (ended.state !== "done")
      throw new CommandError(
        `The replay ${ended.id} is ${ended.state}: ${ended.error ?? `${ended.done} were enqueued`}.`,
      );
    output.note(`${deliveriesText(ended.done)} ${ended.done === 1 ? "is" : "are"} enqueued.`);
  } catch (error) {
    if (!signal.aborted) throw error;
    output.endProgress();
    output.note(`The replay goes on in the service. To end it: ${cancel}`);
    throw new InterruptedError("Interrupted.");
  }
}

/** "1 delivery", "12 deliveries". */
function deliveriesText(count: number | null): string {
  return `${count} ${count === 1 ? "delivery" : "deliveries"}`;
}

function bar({ total, done }: Progress): string {
  const share = total === null || total === 0 ? 0 : Math.min(1, done / total);
  const filled = Math.round(share * 30);
  return `[${"█".repeat(filled)}${" ".repeat(30 - filled)}] ${done}/${total ?? "?"}`;
}

function showCount({ output }: Shell, { total, preview }: Progress): void {
  output.note(`${deliveriesText(total)}, in about ${Math.ceil(preview?.estimated_seconds ?? 0)} s.`);
  const sample = preview?.sample ?? [];
  if (sample.length === 0 || output.isJson) return;
  output.note(sample.length < (total ?? 0) ? "The first of them:" : "They are:");
  for (const { id, type, accepted_at, endpoint_id } of sample)
    output.note(`  ${accepted_at}  ${type}  ${id}  to ${endpoint_id}`);
}

/** Named events, one after the other in the order given. */
async function replayEvents(
  shell: Shell,
  events: readonly string[],
  endpoints: readonly string[],
  { dryRun, yes }: ReplayOptions,
): Promise<void> {
  const { atlas } = connect(shell);
  const { output } = shell;
  const planned = await planNamed(atlas, events, endpoints);
  const total = countOf(planned);
  if (dryRun && output.isJson) return output.json({ dry_run: true, total, events: planned });
  output.note(`${deliveriesText(total)}:`);
  for (const { id, type, endpoint_ids } of planned)
    output.note(`  ${type}  ${id}  to ${endpoint_ids.join(", ") || "no endpoint"}`);
  if (dryRun || total === 0) return;
  if (!(await confirmed(shell, `Replay ${deliveriesText(total)}?`, yes))) return;
  const made: EventReplays["deliveries"] = [];
  await replayNamed(atlas, planned, (deliveries) => {
    made.push(...deliveries);
    output.progress(`${made.length}/${total}`);
  });
  output.endProgress();
  output.table(made, [
    { title: "DELIVERY", value: (one) => one.id },
    { title: "ENDPOINT", value: (one) => one.endpoint_id },
    { title: "SEQUENCE", value: (one) => one.sequence },
  ]);
}

const COLUMNS: readonly Column<Replay>[] = [
  { title: "CREATED", value: ({ created_at }) => created_at },
  { title: "ID", value: ({ id }) => id },
  { title: "STATE", value: ({ state }) => state },
  { title: "DONE", value: ({ done, total }) => `${done}/${total}` },
];

/** `replays`: those that were started. */
function addReplays(program: Command, shell: Shell): void {
  const replays = program.command("replays").description("list, show and cancel replays");
  replays
    .command("list")
    .description("list replays over several endpoints, newest first; with --endpoint those of one")
    .option("--endpoint <id>", "of this endpoint alone")
    .option(...limitOption)
    .action(async ({ endpoint, limit }: { endpoint?: string; limit: number }) => {
      const { atlas } = connect(shell);
      const list = endpoint === undefined ? atlas.replays.list() : atlas.endpoints.replays(endpoint);
      shell.output.table((await firstOf(list as never, limit)) as Replay[], COLUMNS);
    });
  replays
    .command("get")
    .description("show how far a replay is")
    .argument("<id>", "its id")
    .option("--endpoint <id>", "where it is a replay of one endpoint")
    .action(async (id: string, { endpoint }: { endpoint?: string }) => {
      const { atlas } = connect(shell);
      shell.output.record(
        endpoint === undefined ? await atlas.replays.get(id) : await atlas.endpoints.getReplay(endpoint, id),
      );
    });
  replays
    .command("cancel")
    .description("end a replay; what is enqueued stays")
    .argument("<id>", "its id")
    .option("--endpoint <id>", "where it is a replay of one endpoint")
    .action(async (id: string, { endpoint }: { endpoint?: string }) => {
      const { atlas } = connect(shell);
      if (endpoint === undefined) await atlas.replays.cancel(id);
      else await atlas.endpoints.cancelReplay(endpoint, id);
      if (shell.output.isJson) shell.output.json({ id, canceled: true });
      else shell.output.note(`${id} is canceled.`);
    });
}
