import { type AllowedNetworks, parseAllowedNetworks } from "./domain/networks.ts";
import type { Env } from "./env.ts";

/** Where deliveries may go, by ALLOWED_NETWORKS and by what the platform can call: Cloudflare calls names only. */
export function allowedNetworksOf(env: Pick<Env, "ALLOWED_NETWORKS" | "EGRESS">): AllowedNetworks {
  const networks = parseAllowedNetworks(env.ALLOWED_NETWORKS);
  return env.EGRESS === undefined ? { ...networks, publicAddresses: false } : networks;
}
