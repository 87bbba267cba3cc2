import ipaddr from "ipaddr.js";
import { isAllowedAddress, parseAllowedNetworks } from "../domain/networks.ts";
import { StartError } from "./start-error.ts";

/**
 * Where deliveries may go unless ALLOWED_NETWORKS says otherwise. A receiver on this machine must work at once, as long
 * as nobody else can reach the service: whoever can would reach every service of the machine through it.
 */
const DEFAULT = "public";
const DEFAULT_ON_LOOPBACK = "public,127.0.0.0/8,::1/128";

/**
 * The list in ALLOWED_NETWORKS, each entry in the form that workerd reads: `public` or a range. Unset (undefined) =
 * public, and loopback while HOST is; empty = nothing. Throws a StartError that names the entry that is neither;
 * workerd would end with a stack trace.
 */
export function readAllowedNetworks(text: string | undefined, host: string): string[] {
  try {
    const networks = parseAllowedNetworks(text ?? (isLoopback(host) ? DEFAULT_ON_LOOPBACK : DEFAULT));
    const ranges = networks.ranges.map(([address, bits]) => `${address}/${bits}`);
    return networks.public ? ["public", ...ranges] : ranges;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

/** Whether deliveries may go to a receiver on this machine, as the one of the first steps. */
export function includesLoopback(networks: string[]): boolean {
  return isAllowedAddress("127.0.0.1", parseAllowedNetworks(networks.join(",")));
}

function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback";
}
