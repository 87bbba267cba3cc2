import { setTimeout as wait } from "node:timers/promises";
import { type RunningServer, startServer } from "./server.ts";
import { StartError } from "./start-error.ts";

/** How long a stop may take before the process ends without it; what guards workerd then ends that. */
const STOP_MS = 10_000;

/** A server that failed is started again, unless it did not even live so long. */
const LEAST_LIFE_MS = 60_000;

let started: Promise<RunningServer> | null = null;
let isStopping = false;

/**
 * Runs the local server until a signal ends it, and starts it anew where it fails.
 * @param prepare before the first start: what builds it
 * @param welcome what is printed once it serves
 */
export function serve(prepare: () => Promise<unknown>, welcome: (server: RunningServer) => string): void {
  // Before anything is started: a signal must find its handler, whenever it comes.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  run(prepare, welcome).catch((error: unknown) => {
    if (isStopping) return;
    console.error(error instanceof StartError ? error.message : error);
    process.exit(1);
  });
}

async function run(
  prepare: () => Promise<unknown>,
  welcome: (server: RunningServer) => string,
): Promise<void> {
  await prepare();
  let firstStart = true;
  while (!isStopping) {
    const failure = Promise.withResolvers<void>();
    const startedAt = performance.now();
    started = startServer({ onFailure: () => failure.resolve() });
    const server = await started;
    if (!isStopping && firstStart) console.log(welcome(server));
    firstStart = false;
    await failure.promise;
    if (isStopping) return;
    if (performance.now() - startedAt < LEAST_LIFE_MS)
      throw new StartError("workerd does not start any more.");
    console.error("workerd could not be started again: the server starts anew.");
    await server.stop();
  }
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  const stopped = started?.then(
    (server) => server.stop().then(() => 0),
    () => 0,
  );
  process.exit(await Promise.race([stopped ?? 0, wait(STOP_MS, 1)]));
}
