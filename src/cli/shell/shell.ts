import { Atlas } from "../../sdk/client/index.ts";
import { type Connection, type Environment, readConnection } from "./configuration.ts";
import type { Output } from "./output.ts";

/** What a command has of the process that it runs in. */
export interface Shell {
  environment: Environment;
  stdin: NodeJS.ReadStream;
  output: Output;
  /** Aborted by Ctrl-C. Who must tidy up first does so and then throws an InterruptedError. */
  signal: AbortSignal;
}

/** A client of the service that the user has named, with Ctrl-C as its end. Throws a UsageError where no key is known. */
export function connect({ environment, signal }: Shell): { atlas: Atlas; connection: Connection } {
  const connection = readConnection(environment);
  const abortable: typeof fetch = (input, init) =>
    fetch(input, { ...init, signal: AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]) });
  return {
    connection,
    atlas: new Atlas({ key: connection.key, baseUrl: connection.url, fetch: abortable, retries: 2 }),
  };
}
