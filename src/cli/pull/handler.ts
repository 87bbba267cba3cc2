import { spawn } from "node:child_process";
import type { PulledEvents } from "../../sdk/client/index.ts";

export type PulledEvent = PulledEvents["data"][number];

/** What became of an event, as a receiver would have answered. */
export interface Handled {
  status: number;
  body?: string;
}

/** The last so many characters that a command wrote to its standard error go on record. */
const KEPT_CHARACTERS = 4000;

/**
 * Runs a command of the shell with an event's body as its standard input: 200 where it ends with 0, otherwise 500 with
 * the end of what it wrote to its standard error. Its standard output is ours.
 */
export function runCommand(command: string, event: PulledEvent): Promise<Handled> {
  const { delivery_id, event_id, event_type, sequence, attempt, request } = event;
  const child = spawn("sh", ["-c", command], {
    stdio: ["pipe", "inherit", "pipe"],
    env: {
      ...process.env,
      ATLAS_EVENT_ID: event_id,
      ATLAS_EVENT_TYPE: event_type,
      ATLAS_DELIVERY_ID: delivery_id,
      ATLAS_SEQUENCE: String(sequence),
      ATLAS_ATTEMPT: String(attempt),
      ATLAS_HEADERS: JSON.stringify(request.headers),
    },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    process.stderr.write(chunk);
    errors = (errors + chunk.toString("utf8")).slice(-KEPT_CHARACTERS);
  });
  // It may not read all of it.
  child.stdin.on("error", () => {});
  child.stdin.end(request.body);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ status: 500, body: error.message }));
    child.once("close", (code, signal) =>
      resolve(
        code === 0 ? { status: 200 } : { status: 500, body: errors.trim() || `ended with ${code ?? signal}` },
      ),
    );
  });
}
