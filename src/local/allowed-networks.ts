import { isIP } from "node:net";
import { StartError } from "./start-error.ts";

/** Where deliveries may go unless ALLOWED_NETWORKS says otherwise: a receiver on this machine must work at once. */
const DEFAULT_ALLOWED_NETWORKS = "public,127.0.0.0/8,::1/128";

/**
 * The list in ALLOWED_NETWORKS: `public` and CIDR ranges; null = public and loopback. workerd ends with a stack
 * trace on a range that it cannot read, so they are checked here. Throws a StartError that names the bad one.
 */
export function readAllowedNetworks(text: string | null): string[] {
  const networks = (text ?? DEFAULT_ALLOWED_NETWORKS).split(",").map((network) => network.trim());
  for (const network of networks) {
    if (network !== "public" && !isRange(network)) {
      throw new StartError(
        `ALLOWED_NETWORKS must be a comma list of "public" and CIDR ranges, and "${network}" is neither.`,
      );
    }
  }
  return networks;
}

function isRange(network: string): boolean {
  const [address = "", bits = "", ...rest] = network.split("/");
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
}
