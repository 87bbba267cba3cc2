import ipaddr from "ipaddr.js";
import { calledUrl } from "./called-url.ts";
import { hostNameProblem } from "./host-name.ts";

/*
 * Where deliveries may go: https to public hosts; http only where ALLOWED_NETWORKS names the address. Every spelling
 * of an address is judged by the address it means. Names are judged here by their form only; what they resolve to is
 * judged when a connection is made.
 */

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export interface AllowedNetworks {
  /** Public addresses and names, over https. */
  public: boolean;
  /** Whether of these a host may be an address itself; Cloudflare cannot call such a host. */
  publicAddresses: boolean;
  /** Ranges that may be reached whatever they are, over http too. */
  ranges: [Address, number][];
}

/** Public by number, yet a platform's own: Azure's metadata and DNS. */
const METADATA_ADDRESSES = new Set(["168.63.129.16"]);

/** What is stored of a URL, percent-encoded: no receiver needs more, and many servers refuse more. */
const MAX_URL_LENGTH = 2048;

/** All of today's public IPv6 (RFC 4291); what lies outside is special or not assigned. */
const GLOBAL_UNICAST_V6: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse("2000::"), 3];

/**
 * Reads ALLOWED_NETWORKS: a comma list of `public` and CIDR ranges; unset = `public`, set = exactly that. Throws with
 * the entry that cannot be read.
 */
export function parseAllowedNetworks(text: string | undefined): AllowedNetworks {
  if (text === undefined) return { public: true, publicAddresses: true, ranges: [] };
  const entries = text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  return {
    public: entries.includes("public"),
    publicAddresses: true,
    ranges: entries.filter((entry) => entry !== "public").map(parseRange),
  };
}

function parseRange(entry: string): [Address, number] {
  const single = entry.includes("/") ? entry : `${entry}/${entry.includes(":") ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(single)) {
    throw new Error(`ALLOWED_NETWORKS: "${entry}" is neither "public" nor a CIDR range such as 10.0.0.0/8`);
  }
  return ipaddr.parseCIDR(single);
}

/** What is wrong with a URL as the target of deliveries, for the person who gave it; null = nothing. */
export function checkUrl(text: string, networks: AllowedNetworks): string | null {
  if (!URL.canParse(text) || !/^[a-z][a-z0-9+.-]*:\/\/[^/\\]/i.test(text))
    return "must be an absolute URL such as https://example.com/webhooks";
  // A parser drops some of them silently, and what is kept and shown would not be what is called.
  if (/[\s\p{Cc}]/u.test(text)) return "must not hold spaces or control characters";
  const url = new URL(text);
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must be an https URL";
  if (url.username !== "" || url.password !== "") return "must not hold credentials; use `auth`";
  if (url.port === "0") return "must not name port 0";
  const called = calledUrl(text);
  if (called.length > MAX_URL_LENGTH)
    return `must not be longer than ${MAX_URL_LENGTH} characters, as it is called: ${called.slice(0, 100)}…`;
  const host = new URL(called).hostname;
  if (host === "") return "must name a host";
  const address = addressOf(host);
  if (address === null) return checkName(host, url.protocol, networks);
  if (isNamed(address, networks)) return null;
  if (!networks.public || !isPublicAddress(address)) return "must not name a private or special address";
  if (!networks.publicAddresses)
    return "must name its host: Cloudflare, where this service runs, does not call IP addresses";
  return url.protocol === "https:" ? null : "must be an https URL";
}

/** Whether an address is a public one: not private, loopback, link-local, metadata, or special in any other way. */
function isPublicAddress(address: Address): boolean {
  if (address.range() !== "unicast" || METADATA_ADDRESSES.has(address.toString())) return false;
  return address.kind() === "ipv4" || (address as ipaddr.IPv6).match(GLOBAL_UNICAST_V6);
}

/** Whether deliveries may go to an address, given as text. */
export function isAllowedAddress(text: string, networks: AllowedNetworks): boolean {
  const address = ipaddr.process(text);
  return isNamed(address, networks) || (networks.public && isPublicAddress(address));
}

/** The address a URL's host means, or null for a name. URL itself has made IPv4 of decimal, octal, hex and short ones. */
function addressOf(host: string): Address | null {
  // Names under it would be loopback too (RFC 6761), but systems do not resolve them.
  if (host === "localhost") return ipaddr.IPv4.parse("127.0.0.1");
  const bare = host.startsWith("[") ? host.slice(1, -1) : host;
  // `process`: an IPv4 address mapped into IPv6 is that IPv4 address.
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}

function checkName(host: string, protocol: string, networks: AllowedNetworks): string | null {
  const problem = hostNameProblem(host);
  if (problem !== null) return problem;
  if (!networks.public && networks.ranges.length === 0) return "no network is allowed by ALLOWED_NETWORKS";
  return protocol === "https:" ? null : "must be an https URL";
}

function isNamed(address: Address, networks: AllowedNetworks): boolean {
  return networks.ranges.some((range) => address.kind() === range[0].kind() && address.match(range));
}
