import { Socket } from "node:net";
import { serve } from "./serve.ts";
import type { RunningServer } from "./server.ts";
import { places } from "./welcome.ts";

// What `atlas serve` starts: the server of the package, where everything is built.
serve(() => Promise.resolve(), greeting);

// `atlas` holds the other end of this for as long as it lives: ended without a chance to hand a signal on, it takes its
// server along.
const { ATLAS_LIFELINE } = process.env;
if (ATLAS_LIFELINE !== undefined)
  new Socket({ fd: Number(ATLAS_LIFELINE) })
    .on("error", () => {})
    .once("close", () => process.kill(process.pid, "SIGTERM"))
    .resume();

/** What `atlas serve` prints: where things are, and commands that deliver an event when pasted. */
function greeting(server: RunningServer): string {
  const { url, firstKey } = server;
  return [
    ...places(server),
    "",
    "Deliver an event to an inbox of the service itself; in another terminal:",
    "",
    `  export ATLAS_URL=${url} ATLAS_KEY=${firstKey ?? "ak_…"}`,
    "  atlas inbox create",
    "  atlas endpoints create URL-OF-THE-INBOX",
    `  atlas webhooks trigger deal.created --data '{"id": "deal_1", "value": 12500}'`,
    "  atlas webhooks tail",
    "",
  ].join("\n");
}
