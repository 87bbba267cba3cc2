import { lookup } from "node:dns/promises";
import { type Request, Response } from "miniflare";

/**
 * The Worker's RESOLVER: `/{name}` answers the name's addresses as a JSON list, empty for an unknown name. Asked only
 * after a failed attempt, to say why it failed.
 */
export async function resolve(request: Request): Promise<Response> {
  const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
  try {
    const addresses = await lookup(name, { all: true });
    return Response.json(addresses.map(({ address }) => address));
  } catch {
    return Response.json([]);
  }
}
