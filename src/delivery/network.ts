import { connect } from "cloudflare:sockets";
import { Deadlines } from "../deadlines.ts";
import { parseAllowedNetworks } from "../domain/networks.ts";
import type { Env } from "../env.ts";
import type { Network } from "./attempt.ts";
import { diagnose } from "./diagnose.ts";

/**
 * The way to receivers. On one machine a binding of workerd's keeps it inside ALLOWED_NETWORKS at connect time,
 * whatever a name resolves to; on Cloudflare the platform reaches public addresses only.
 */
export function networkOf(env: Env): Network {
  const { EGRESS: egress, RESOLVER: resolver } = env;
  const resolve = async (name: string): Promise<string[]> => {
    const answer = await resolver?.fetch(`http://resolver/${encodeURIComponent(name)}`);
    return answer ? answer.json() : [];
  };
  const deadlines = new Deadlines();
  const port = {
    connect: egress ? (address: SocketAddress) => egress.connect(address) : connect,
    resolve: resolver ? resolve : null,
    networks: parseAllowedNetworks(env.ALLOWED_NETWORKS),
    deadlines,
  };
  return {
    send: egress ? (input, init) => egress.fetch(input, init) : (input, init) => fetch(input, init),
    diagnose: (error, url) => diagnose(error, url, port),
    now: () => Date.now(),
    deadlines,
  };
}
