import { parseAllowedNetworks } from "../domain/networks.ts";
import { StartError } from "./start-error.ts";

/** Where deliveries may go unless ALLOWED_NETWORKS says otherwise: a receiver on this machine must work at once. */
const DEFAULT_ALLOWED_NETWORKS = "public,127.0.0.0/8,::1/128";

/**
 * The list in ALLOWED_NETWORKS (null = public and loopback), each entry in the form that workerd reads: `public` or
 * a range. Throws a StartError that names the entry that is neither; workerd would end with a stack trace.
 */
export function readAllowedNetworks(text: string | null): string[] {
  try {
    const networks = parseAllowedNetworks(text ?? DEFAULT_ALLOWED_NETWORKS);
    const ranges = networks.ranges.map(([address, bits]) => `${address}/${bits}`);
    return networks.public ? ["public", ...ranges] : ranges;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}
