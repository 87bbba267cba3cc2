import type { Endpoint } from "../../../sdk/client/index.ts";
import { shellWord } from "../../text/shell.ts";

/** How an endpoint without an address is served at a terminal. */
export function transportCommand({
  id,
  transport,
  url,
  metadata,
}: Pick<Endpoint, "id" | "transport" | "url" | "metadata">): string {
  if (transport === "pull") return `atlas pull ${id} --exec './handle-event'`;
  const app = /^https?:/.test(url) ? url : "localhost:3000";
  // What `atlas webhooks listen` calls its endpoint: the device, and a name where several listen on it.
  const name = metadata.atlas_device?.split("/")[1] ?? "default";
  const named = name === "default" ? "" : ` --name ${shellWord(name)}`;
  return `atlas webhooks listen --forward-to ${shellWord(app)}${named}`;
}
