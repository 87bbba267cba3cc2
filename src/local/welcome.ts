import { readFileSync } from "node:fs";
import { join } from "node:path";
import { VERSION } from "../domain/version.ts";
import type { RunningServer } from "./server.ts";

const RECEIVER = join(import.meta.dirname, "../../docs/receiver.mjs");

/** HOST opens the service to others, or ALLOWED_NETWORKS says so. */
const NO_LOOPBACK =
  "  (It is on this machine, where deliveries may not go as it stands: start with ALLOWED_NETWORKS=public,127.0.0.0/8 for it.)";

type Server = Omit<RunningServer, "adminToken" | "stop">;

/** What `npm start` prints: where things are, and two lines that deliver an event when pasted. */
export function welcome(server: Server): string {
  const { url, firstKey, deliversToLoopback } = server;
  const key = firstKey ?? "$ATLAS_KEY";
  const post = (path: string, body: object) =>
    `curl -sSw '\\n' ${url}${path} -H "Authorization: Bearer ${key}" -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const lines = [
    ...places(server),
    "",
    "Deliver an event. A receiver is a dozen lines; in another terminal, `node docs/receiver.mjs`:",
    "",
    readFileSync(RECEIVER, "utf8").trim().replace(/^/gm, "  "),
    "",
    "Make an endpoint for it, then publish:",
    ...(deliversToLoopback ? [] : ["", NO_LOOPBACK]),
    "",
    post("/v1/endpoints", { url: "http://127.0.0.1:4000/webhooks" }),
    post("/v1/events", { type: "deal.created", data: { id: "deal_1", value: 12500 } }),
    "",
  ];
  return lines.join("\n");
}

/** Where things are. */
export function places({ url, dataDir, firstKey }: Server): string[] {
  return [
    "",
    "Atlas Webhooks is running. Ctrl-C stops it.",
    "",
    `  Service  ${url}`,
    firstKey === null
      ? `  Look in  ${url}/dashboard`
      : `  Look in  ${url}/dashboard#key=${firstKey}  (signs in: keep it to yourself)`,
    `  API      ${url}/docs`,
    `  Data     ${dataDir}`,
    `  Version  ${VERSION}`,
    firstKey === null
      ? "  Key      the one shown at the first start, as $ATLAS_KEY in the lines below"
      : `  Key      ${firstKey}  (admin of the workspace "default"; shown only now: keep it)`,
  ];
}
