import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { buildPublic } from "./build-public.ts";
import { buildWorker } from "./build-worker.ts";
import type { RunningServer } from "./server.ts";
import { StartError } from "./start-error.ts";

/** How long a stop may take before the process ends without it; what guards workerd then ends that. */
const STOP_MS = 10_000;

/** A server that failed is started again, unless it did not even live so long. */
const LEAST_LIFE_MS = 60_000;

let started: Promise<RunningServer> | null = null;
let isStopping = false;

/** The command line of the local server, started by `start.sh`. */
async function main(): Promise<void> {
  // Before anything is started: a signal must find its handler, whenever it comes.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  const root = join(import.meta.dirname, "../..");
  await Promise.all([buildWorker(root), buildPublic(root)]);
  // Miniflare takes half a second to load.
  const { startServer } = await import("./server.ts");
  const { welcome } = await import("./welcome.ts");
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

main().catch((error: unknown) => {
  if (isStopping) return;
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
});
