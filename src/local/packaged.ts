import { serve } from "./serve.ts";
import type { RunningServer } from "./server.ts";
import { places } from "./welcome.ts";

// What `atlas serve` starts: the server of the package, where everything is built.
serve(() => Promise.resolve(), greeting);

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
