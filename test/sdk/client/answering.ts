import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { Atlas, type ClientOptions } from "../../../src/sdk/client/index.ts";

/** A request as the client sent it. */
export interface Asked {
  method: string;
  /** With the query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** What is answered; `cut` = the connection ends without an answer, `never` = nothing comes. */
export type Told = { status: number; headers?: Record<string, string>; body?: unknown } | "cut" | "never";

const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A client, and the server that it asks, on a real socket. */
export async function clientOf(
  answer: (asked: Asked, count: number) => Told,
  options: Partial<ClientOptions> = {},
): Promise<{ atlas: Atlas; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const one = {
      ...{ method: request.method ?? "", path: request.url ?? "", headers: request.headers },
      body: text === "" ? undefined : JSON.parse(text),
    };
    const told = answer(one, asked.push(one));
    if (told === "never") return;
    if (told === "cut") return void request.socket.destroy();
    response.writeHead(told.status, { "Content-Type": "application/json", ...told.headers });
    response.end(told.body === undefined ? "" : JSON.stringify(told.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { atlas: new Atlas({ key: "ak_test", baseUrl: `http://127.0.0.1:${port}/`, ...options }), asked };
}
