import { type AllowedNetworks, parseAllowedNetworks } from "./domain/networks.ts";
import type { Env } from "./env.ts";

/** What the setting says, which is the same for all objects of an isolate, each of which asks. */
let parsed: { text: string | undefined; networks: AllowedNetworks } | null = null;

/** Where deliveries may go, by ALLOWED_NETWORKS and by what the platform can call: Cloudflare calls names only. */
export function allowedNetworksOf(env: Pick<Env, "ALLOWED_NETWORKS" | "EGRESS">): AllowedNetworks {
  const text = env.ALLOWED_NETWORKS;
  if (parsed === null || parsed.text !== text) parsed = { text, networks: parseAllowedNetworks(text) };
  const { networks } = parsed;
  return env.EGRESS === undefined ? { ...networks, publicAddresses: false } : networks;
}
