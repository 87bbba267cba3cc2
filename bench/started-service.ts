import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pidFile } from "../src/local/runtime-process.ts";
import { type StartOptions, startServer } from "../src/local/server.ts";
import { Client } from "./client.ts";

/** The service, running. */
export interface Service {
  client: Client;
  /** Of workerd. */
  pid: number;
  stop(): Promise<void>;
}

/** Starts the built Worker as `npm start` does, with a new data directory in `scratch`. */
export async function startService(
  scratch: string,
  options: Partial<Pick<StartOptions, "withoutPages" | "env">> = {},
): Promise<Service> {
  const dataDir = mkdtempSync(join(scratch, "service-"));
  const server = await startServer({ env: {}, ...options, port: 0, dataDir });
  if (server.firstKey === null) throw new Error("a new data directory had a workspace already");
  return {
    client: new Client(server.url, server.firstKey),
    pid: Number(readFileSync(pidFile(join(dataDir, "state")), "utf8")),
    stop: () => server.stop(),
  };
}
