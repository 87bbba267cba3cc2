import ipaddr from "ipaddr.js";
import type { Deadlines } from "../deadlines.ts";
import type { AttemptError } from "../domain/delivery.ts";
import { type AllowedNetworks, isAllowedAddress } from "../domain/networks.ts";

/** How long finding out why a request failed may take. */
const PROBE_TIMEOUT_MS = 2000;

export interface DiagnosePort {
  /** Opens a TCP connection from where deliveries are sent. */
  connect(address: SocketAddress): Socket;
  /** The addresses of a name; null where the platform does not tell. */
  resolve: ((name: string) => Promise<string[]>) | null;
  networks: AllowedNetworks;
  deadlines: Deadlines;
}

/**
 * Why a request got no answer. workerd says "Network connection lost." of a refused connection and of one that
 * broke, and "internal error" of a name without address, a bad certificate and an address that is not allowed: so
 * one more connection is opened, without a byte sent, to tell them apart. Never throws.
 */
export async function diagnose(error: unknown, url: string, port: DiagnosePort): Promise<AttemptError> {
  const { hostname, protocol, port: urlPort } = new URL(url);
  const isLost = error instanceof Error && error.message.startsWith("Network connection lost");
  const address = { hostname, port: Number(urlPort) || (protocol === "https:" ? 443 : 80) };
  if (await canConnect(address, port)) return isLost ? "reset" : protocol === "https:" ? "tls" : "reset";
  if (isLost) return "connect";
  const addresses = await addressesOf(hostname, port);
  if (addresses === null) return "connect";
  if (addresses.length === 0) return "dns";
  return addresses.some((candidate) => isAllowedAddress(candidate, port.networks))
    ? "connect"
    : "blocked_address";
}

async function canConnect(address: SocketAddress, { connect, deadlines }: DiagnosePort): Promise<boolean> {
  try {
    const socket = connect(address);
    socket.closed.catch(() => {});
    await deadlines.within(PROBE_TIMEOUT_MS, socket.opened);
    await socket.close();
    return true;
  } catch {
    return false;
  }
}

async function addressesOf(hostname: string, { resolve }: DiagnosePort): Promise<string[] | null> {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  if (ipaddr.isValid(bare)) return [bare];
  try {
    return resolve ? await resolve(hostname) : null;
  } catch {
    return null;
  }
}
