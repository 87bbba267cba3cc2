import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { CommandLine } from "./command-line.ts";

/** An agent's session by the protocol's own client. */
export interface AgentSession {
  /** The names of the tools that it has. */
  tools(): Promise<string[]>;
  /** What a tool answered; rejects with what it said where it failed. */
  call<Answer>(name: string, given: object): Promise<Answer>;
  close(): Promise<void>;
}

/** A session with the program `atlas mcp`, by its standard input and output. */
export function overStdio(atlas: CommandLine, key: string): Promise<AgentSession> {
  const environment = { ...atlas.environment, ATLAS_KEY: key };
  const [command, args] = [process.execPath, [atlas.program, "mcp"]];
  return open(new StdioClientTransport({ command, args, env: environment, stderr: "ignore" }));
}

/** A session with `/mcp` of a service. */
export function overHttp(url: string, key: string): Promise<AgentSession> {
  const requestInit = { headers: { Authorization: `Bearer ${key}` } };
  // The client's own types do not hold what they promise under exactOptionalPropertyTypes.
  return open(new StreamableHTTPClientTransport(new URL("/mcp", url), { requestInit }) as Transport);
}

async function open(transport: Transport): Promise<AgentSession> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, given) => {
      const { content, isError } = await client.callTool({ name, arguments: { ...given } });
      const [{ text = "" } = {}] = content as { text?: string }[];
      if (isError) throw new Error(text);
      return JSON.parse(text);
    },
    close: () => client.close(),
  };
}
