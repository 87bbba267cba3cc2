/** The limits of the DNS (RFC 1035, 2.3.4). */
const MAX_NAME_LENGTH = 253;
const MAX_LABEL_LENGTH = 63;

/**
 * Names that never mean a public host: RFC 6761, 6762 (with its appendix G), 8375, 9476, ICANN's private-use `internal`,
 * Kubernetes, Docker and Consul, and common practice. Not `test` and `example`: a developer's own resolver gives them addresses.
 */
const PRIVATE_SUFFIXES = [
  "localhost",
  "internal",
  "local",
  "localdomain",
  "home.arpa",
  "lan",
  "intranet",
  "private",
  "corp",
  "home",
  "svc",
  "pod",
  "consul",
  "onion",
  "invalid",
  "alt",
  "docker",
  "in-addr.arpa",
  "ip6.arpa",
];

/**
 * Why a host's name can be no public one, for the person who gave it; null = it can. What it resolves to is judged
 * elsewhere. `host`: as a URL has it, lower case, without a dot at its end.
 */
export function hostNameProblem(host: string): string | null {
  if (host.length > MAX_NAME_LENGTH) return `must name a host of at most ${MAX_NAME_LENGTH} characters`;
  const labels = host.split(".");
  if (labels.includes("")) return "must not name a host with an empty part, as two dots in a row";
  if (labels.some((label) => label.length > MAX_LABEL_LENGTH))
    return `must name a host whose parts have at most ${MAX_LABEL_LENGTH} characters each`;
  // Underscores are in no host's name by the letter of RFC 1123, and in many in use.
  if (!labels.every((label) => /^[a-z0-9_-]+$/.test(label)))
    return "must name a host by letters, digits, hyphens and dots alone";
  if (labels.some((label) => label.startsWith("-") || label.endsWith("-")))
    return "must not name a host of which a part begins or ends with a hyphen";
  if (labels.length === 1) return "must name a public host, with its domain";
  const suffix = PRIVATE_SUFFIXES.find((candidate) => host.endsWith(`.${candidate}`) || host === candidate);
  return suffix === undefined ? null : `must not name a private host: no public one is under .${suffix}`;
}
