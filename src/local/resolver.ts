import { lookup } from "node:dns/promises";
import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * The Worker's RESOLVER: `/{name}` answers the name's addresses as a JSON list, empty for an unknown name. Asked only
 * after a failed attempt, to say why it failed.
 */
export async function resolve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const name = decodeURIComponent(request.url?.slice(1) ?? "");
  const found = await lookup(name, { all: true }).catch(() => []);
  const addresses = found.map(({ address }) => address);
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(addresses));
}
