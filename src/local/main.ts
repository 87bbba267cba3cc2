import { startServer } from "./server.ts";
import { StartError } from "./start-error.ts";
import { welcome } from "./welcome.ts";

/** The command line of the local server, started by `start.sh`. */
async function main(): Promise<void> {
  const server = await startServer({
    onFailure: () => {
      process.exit(1);
    },
  });
  console.log(welcome(server));
  // Miniflare's own handlers end the process in the middle of a stop, and not with 0.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.removeAllListeners(signal);
    process.on(signal, async () => {
      await server.stop();
      process.exit(0);
    });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
});
