import { type ChildProcess, spawn } from "node:child_process";
import type { Command } from "commander";
import { Atlas, type Endpoint } from "../../sdk/client/index.ts";
import { backfill } from "../listen/backfill.ts";
import { deviceKey, endpointOfDevice } from "../listen/device.ts";
import { setVariable } from "../listen/env-file.ts";
import { linesOf } from "../listen/lines.ts";
import { Screen } from "../listen/screen.ts";
import { settleable } from "../listen/settleable.ts";
import type { Show, ShownAttempt } from "../listen/shown-attempt.ts";
import { type Targets, targetsOf } from "../listen/targets.ts";
import type { Connection } from "../shell/configuration.ts";
import { CommandError, InterruptedError, messageOf, UsageError } from "../shell/failure.ts";
import { ForeignWords, listed, timeOrAgo } from "../shell/given.ts";
import { connect, type Shell } from "../shell/shell.ts";

interface ListenOptions {
  forwardTo?: string;
  route: string[];
  types?: string[];
  since?: string;
  dialect?: string;
  name: string;
  printSecret?: boolean;
  envFile?: string;
  env: string;
  once?: boolean;
  output?: string;
}

const FORMS = ["screen", "compact", "json", "quiet"] as const;

/** `webhooks listen`: events to an app on this computer, until Ctrl-C. */
export function addListen(webhooks: Command, shell: Shell): void {
  webhooks
    .command("listen")
    .description("forward events to an app on this computer, in order, until Ctrl-C")
    .addArgument(
      new ForeignWords("[command...]", "started beside it, with the secret in its environment, after --"),
    )
    .option("--forward-to <url>", "where your app is, as localhost:3000/webhooks")
    .option("--route <types=url>", "where events of some types go instead; may be repeated", repeated, [])
    .option("--types <list>", "events of these types alone, as deal.*; default: all", listed)
    .option("--since <time>", "first what was published since then: a time, or so long ago as 15m", timeOrAgo)
    .option("--dialect <name>", "the wire contract; default: standard")
    .option("--name <name>", "tells apart what listens on this computer at the same time", "default")
    .option("--print-secret", "write the signing secret, which stays the same, to the standard output")
    .option("--env-file <file>", "set the secret in this file, as .env")
    .option("--env <name>", "the variable that holds the secret", "WEBHOOK_SECRET")
    .option("--once", "remove the endpoint at the end, instead of leaving it paused for an hour")
    .option("--output <form>", `${FORMS.join(", ")}; default: screen on a terminal, otherwise compact`)
    .addHelpText(
      "after",
      `
What comes while you are away waits for you. On a terminal: j/k moves, d shows details, r retries, o opens the dashboard, q ends it.

Examples:
  $ atlas webhooks listen --forward-to localhost:3000/webhooks
  $ atlas webhooks listen --forward-to 3000 --types deal.* --since 15m
  $ atlas webhooks listen --forward-to 3000 --env-file .env -- npm run dev`,
    )
    .action((command: string[], options: ListenOptions) => listen(shell, command, options));
}

async function listen(shell: Shell, command: string[], options: ListenOptions): Promise<void> {
  const targets = targetsOf(options.forwardTo, options.route);
  const form = formOf(shell, options, command);
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(options.env))
    throw new UsageError(`--env must be the name of a variable, as WEBHOOK_SECRET, not "${options.env}".`);
  const { atlas, connection } = connect(shell);
  const endpoint = await endpointOfDevice(atlas, deviceKey(shell.environment), {
    name: options.name,
    types: options.types ?? targets.types ?? ["*"],
    url: targets.first.href,
    dialect: options.dialect,
  });
  const { secret } = await atlas.endpoints.secret(endpoint.id);
  if (options.printSecret && secret !== null) shell.output.line(secret);
  if (options.envFile !== undefined && secret !== null && setVariable(options.envFile, options.env, secret))
    shell.output.note(`${options.env} is set in ${options.envFile}.`);
  await run(shell, { command, options, targets, form, connection, endpoint, secret });
}

interface Running {
  command: string[];
  options: ListenOptions;
  targets: Targets;
  form: (typeof FORMS)[number];
  connection: Connection;
  endpoint: Endpoint;
  secret: string | null;
}

async function run(shell: Shell, running: Running): Promise<void> {
  const { command, options, targets, form, connection, endpoint, secret } = running;
  const { output, signal } = shell;
  // Ctrl-C ends the other client's requests, and what is tidied up comes after it.
  const atlas = new Atlas({ key: connection.key, baseUrl: connection.url, timeoutMs: 5000, retries: 1 });
  // It brings a library of sockets, which no other command waits for.
  const { ListenSession } = await import("../listen/session.ts");
  const ended = settleable<"quit" | "interrupted" | number>();
  const show = showOf(shell, form, `${endpoint.id} → ${targets.first.href}`, {
    quit: () => ended.resolve("quit"),
    retry: (attempt) => retry(atlas, endpoint.id, attempt, show),
    open: (attempt) => openDashboard(connection.url, endpoint.id, attempt, show),
  });
  signal.addEventListener("abort", () => ended.resolve("interrupted"), { once: true });
  if (signal.aborted) ended.resolve("interrupted");
  const { url, key } = connection;
  const session = new ListenSession({ url, key, endpointId: endpoint.id, targets, show });
  const child = command.length > 0 ? start(command, { [options.env]: secret ?? "" }) : null;
  child?.once("exit", (code) => ended.resolve(code ?? 1));
  child?.once("error", (error) => {
    show.note(messageOf(error));
    ended.resolve(1);
  });
  // Ends the fetching of earlier events, which goes on beside the rest.
  const ending = new AbortController();
  try {
    const refused = session.run();
    if (form !== "quiet") show.note(`${endpoint.id} forwards to ${targets.first.href}. Ctrl-C ends it.`);
    const ends = [ended.promise, refused, earlierFailed(atlas, endpoint, options.since, show, ending.signal)];
    const how = await Promise.race(ends).catch(async (error) => {
      await leave(atlas, session, endpoint.id, options.once === true, show);
      throw error;
    });
    ending.abort();
    if (how !== null && typeof how === "object") throw new CommandError(refusalOf(how.status));
    await leave(atlas, session, endpoint.id, options.once === true, show);
    if (how === "interrupted") throw new InterruptedError("Interrupted.");
    if (typeof how === "number" && how !== 0) throw new CommandError(`${command[0]} ended with ${how}.`);
  } finally {
    ending.abort();
    session.stop();
    show.end();
    if (child?.exitCode === null) child.kill("SIGTERM");
  }
  if (form !== "quiet") output.note(options.once ? "The endpoint is removed." : "The endpoint is paused.");
}

function formOf({ output }: Shell, { output: asked }: ListenOptions, command: string[]): Running["form"] {
  if (output.isJson) return "json";
  const form = FORMS.find((one) => one === asked);
  if (asked !== undefined && form === undefined)
    throw new UsageError(`--output must be one of ${FORMS.join(", ")}, not "${asked}".`);
  const canDraw = output.isTerminal && command.length === 0;
  if (form === "screen" && !canDraw)
    throw new UsageError("--output screen needs a terminal of its own: take compact, json or quiet.");
  return form ?? (canDraw ? "screen" : "compact");
}

function showOf(
  { output, stdin }: Shell,
  form: Running["form"],
  title: string,
  actions: ConstructorParameters<typeof Screen>[3],
): Show {
  return form === "screen" ? new Screen(output, stdin, title, actions) : linesOf(output, form);
}

/** Fetches what was published earlier; settles only where that fails: once it has come, listening goes on. */
async function earlierFailed(
  atlas: Atlas,
  { id, types }: Endpoint,
  since: string | undefined,
  show: Show,
  signal: AbortSignal,
): Promise<never> {
  if (since !== undefined) await fetchEarlier(atlas, { id, types, since }, show, signal);
  return new Promise(() => {});
}

async function fetchEarlier(
  atlas: Atlas,
  { id, types, since }: { id: string; types: readonly string[]; since: string },
  show: Show,
  signal: AbortSignal,
): Promise<void> {
  const { count, isCut } = await backfill(atlas, id, { types, since }, signal);
  const rest = isCut ? " There were more: the newest 10,000 are taken." : "";
  show.note(`${count} of what was published since ${since} had not come here yet.${rest}`);
}

/** Without an answer of the service the endpoint stays as it is: what comes waits. */
async function leave(
  atlas: Atlas,
  session: { leave(): Promise<void> },
  endpointId: string,
  isOnce: boolean,
  show: Show,
): Promise<void> {
  try {
    if (isOnce) await atlas.endpoints.delete(endpointId);
    else await session.leave();
  } catch (error) {
    show.note(messageOf(error));
  }
}

/** One that is pending is due now; one that has ended is replayed. */
async function retry(atlas: Atlas, endpointId: string, { request }: ShownAttempt, show: Show): Promise<void> {
  const { delivery_id: id } = request;
  try {
    const { status } = await atlas.endpoints.delivery(endpointId, id);
    if (status === "pending") await atlas.endpoints.retry(endpointId, id);
    else await atlas.endpoints.replay(endpointId, id);
    show.note(status === "pending" ? `${id} is attempted now.` : `${id} is replayed.`);
  } catch (error) {
    show.note(messageOf(error));
  }
}

function openDashboard(url: string, endpointId: string, attempt: ShownAttempt | null, show: Show): void {
  const delivery = attempt === null ? "" : `/deliveries/${attempt.request.delivery_id}`;
  const address = `${url}/dashboard/endpoints/${endpointId}${delivery}`;
  const opener = { darwin: "open", win32: "explorer" }[process.platform as string] ?? "xdg-open";
  show.note(address);
  spawn(opener, [address], { stdio: "ignore", detached: true }).on("error", () => {});
}

function start([program = "", ...given]: string[], variables: Record<string, string>): ChildProcess {
  return spawn(program, given, { stdio: "inherit", env: { ...process.env, ...variables } });
}

function refusalOf(status: number): string {
  if (status === 404 || status === 422)
    return "The endpoint was deleted: start it again to have another one.";
  return "The key has ended, or may not listen: it needs the role admin.";
}

function repeated(text: string, earlier: string[]): string[] {
  return [...earlier, text];
}
