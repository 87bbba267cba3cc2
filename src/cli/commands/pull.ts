import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { Atlas, AtlasError, type PulledEvents } from "../../sdk/client/index.ts";
import { type Handled, type PulledEvent, runCommand } from "../pull/handler.ts";
import { CommandError, failureBody, InterruptedError, messageOf } from "../shell/failure.ts";
import { wholeNumber } from "../shell/given.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface PullOptions {
  exec?: string;
  once?: boolean;
  limit?: number;
  lease: number;
}

/** How long one request waits for events, seconds: as long as the API lets it. */
const WAIT_SECONDS = 20;

const FIRST_WAIT_MS = 500;
const MOST_WAIT_MS = 15_000;

/** `pull`: fetches the events of an endpoint whose receiver has no address, and hands each to a command. */
export function addPull(program: Command, shell: Shell): void {
  program
    .command("pull")
    .description("fetch the events of an endpoint whose transport is pull, until Ctrl-C")
    .argument("<endpoint>", "its id, ep_…")
    .option(
      "--exec <command>",
      "run this for each event, its body on stdin: 0 = done, otherwise it is tried again",
    )
    .option("--once", "fetch what is there, and end")
    .option(
      "--limit <n>",
      "events at once, which share one lease; default: 1 with --exec, otherwise 10",
      wholeNumber(1, 100),
    )
    .option("--lease <seconds>", "how long handling them may take", wholeNumber(1, 3600), 60)
    .addHelpText(
      "after",
      `
Without --exec each event is written as JSON on a line, and counts as done once it is written.
The command finds ATLAS_EVENT_ID, ATLAS_EVENT_TYPE, ATLAS_DELIVERY_ID, ATLAS_SEQUENCE, ATLAS_ATTEMPT and ATLAS_HEADERS (JSON).

Examples:
  $ atlas endpoints create --data '{"transport": "pull", "types": ["deal.*"]}'
  $ atlas pull ep_… --exec './handle-event'`,
    )
    .action((endpoint: string, options: PullOptions) => pull(shell, endpoint, options));
}

async function pull(
  shell: Shell,
  endpoint: string,
  { once, exec, lease, ...options }: PullOptions,
): Promise<void> {
  const { output, signal } = shell;
  const { atlas, connection } = connect(shell);
  // What was done is acknowledged, whatever ends this.
  const acknowledging = new Atlas({ key: connection.key, baseUrl: connection.url, retries: 5 });
  // A lease is for all that came together: a command may take most of it for one event.
  const limit = options.limit ?? (exec === undefined ? 10 : 1);
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const query = { limit, lease, wait: once ? 0 : WAIT_SECONDS };
      const pulled = await atlas.endpoints.pull(endpoint, query);
      waitMs = FIRST_WAIT_MS;
      if (pulled.ack !== null) {
        const answers = await handleAll(shell, pulled, exec);
        const { acknowledged } = await acknowledging.endpoints.acknowledge(endpoint, {
          ack: pulled.ack,
          answers,
        });
        if (acknowledged < answers.length) {
          const late = lateness(acknowledged, answers.length, lease);
          // A single run must not look as if it had done all; one that goes on gets them again.
          if (once && !signal.aborted) throw new CommandError(late);
          if (output.isJson) output.errorJson(failureBody(new CommandError(late)));
          else output.error(late);
        }
      } else if (once) return;
    } catch (error) {
      if (signal.aborted) break;
      const isAway =
        error instanceof AtlasError && (error.status === 0 || error.status === 429 || error.status >= 500);
      if (!isAway || once) throw error;
      output.note(`${messageOf(error)} Tried again in ${waitMs / 1000} s.`);
      await wait(waitMs, undefined, { signal }).catch(() => {});
      waitMs = Math.min(MOST_WAIT_MS, waitMs * 2);
    }
  }
  throw new InterruptedError("Interrupted.");
}

function lateness(acknowledged: number, handled: number, lease: number): string {
  return `${acknowledged} of ${handled} ${handled === 1 ? "event was" : "events were"} acknowledged: handling them took longer than --lease ${lease}, and the rest comes again. Raise --lease, or lower --limit.`;
}

type Answers = ({ delivery_id: string } & Handled)[];

/** One after the other, in order. What comes after Ctrl-C was not handled, and says so. */
async function handleAll(
  shell: Shell,
  { data }: PulledEvents,
  command: string | undefined,
): Promise<Answers> {
  const answers: Answers = [];
  for (const event of data) {
    const handled = shell.signal.aborted
      ? { status: 503, body: "atlas pull was interrupted before this event." }
      : await handle(shell, event, command);
    answers.push({ delivery_id: event.delivery_id, ...handled });
  }
  return answers;
}

async function handle({ output }: Shell, event: PulledEvent, command: string | undefined): Promise<Handled> {
  if (command === undefined) {
    output.line(JSON.stringify(event));
    return { status: 200 };
  }
  const handled = await runCommand(command, event);
  const { event_type, event_id, attempt } = event;
  output.note(
    `${event_type}  ${event_id}  ${handled.status === 200 ? "done" : `failed, attempt ${attempt}`}`,
  );
  return handled;
}
