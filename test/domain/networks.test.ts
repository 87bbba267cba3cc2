import { describe, expect, it } from "vitest";
import { checkUrl, parseAllowedNetworks } from "../../src/domain/networks.ts";

const onlyPublic = parseAllowedNetworks(undefined);
const withLoopback = parseAllowedNetworks("public, 127.0.0.0/8, ::1/128");

const REFUSED: [spelling: string, means: string][] = [
  ["https://127.0.0.1/", "loopback"],
  ["https://127.0.0.1./", "a trailing dot"],
  ["https://127.255.255.254/", "the end of loopback"],
  ["https://127.1/", "short"],
  ["https://127.0.1/", "short"],
  ["https://2130706433/", "decimal"],
  ["https://0x7f000001/", "hex"],
  ["https://0x7f.0x0.0x0.0x1/", "hex by parts"],
  ["https://0177.0.0.1/", "octal"],
  ["https://017700000001/", "octal, whole"],
  ["https://0x7F.1/", "hex and short"],
  ["https://１２７.0.0.1/", "full-width digits"],
  ["https://127。0。0。1/", "ideographic dots"],
  ["https://%31%32%37.0.0.1/", "percent-encoded"],
  ["https://0.0.0.0/", "this host"],
  ["https://0/", "this host, short"],
  ["https://10.0.0.1/", "private"],
  ["https://172.16.0.1/", "private"],
  ["https://172.31.255.255/", "private"],
  ["https://192.168.1.1/", "private"],
  ["https://3232235777/", "private, decimal"],
  ["https://169.254.169.254/latest/meta-data", "metadata"],
  ["https://0xa9fea9fe/", "metadata, hex"],
  ["https://168.63.129.16/", "a platform's own"],
  ["https://100.64.0.1/", "carrier-grade NAT"],
  ["https://100.100.100.200/", "metadata in carrier-grade NAT"],
  ["https://192.0.0.192/", "protocol assignments"],
  ["https://192.0.2.1/", "documentation"],
  ["https://198.18.0.1/", "benchmarking"],
  ["https://198.51.100.7/", "documentation"],
  ["https://203.0.113.9/", "documentation"],
  ["https://192.88.99.1/", "6to4 relay"],
  ["https://224.0.0.1/", "multicast"],
  ["https://240.0.0.1/", "reserved"],
  ["https://255.255.255.255/", "broadcast"],
  ["https://[::1]/", "IPv6 loopback"],
  ["https://[0:0:0:0:0:0:0:1]/", "IPv6 loopback, long"],
  ["https://[::]/", "unspecified"],
  ["https://[::ffff:127.0.0.1]/", "IPv4-mapped"],
  ["https://[::ffff:7f00:1]/", "IPv4-mapped, hex"],
  ["https://[::ffff:a9fe:a9fe]/", "metadata, IPv4-mapped"],
  ["https://[::127.0.0.1]/", "IPv4-compatible"],
  ["https://[::8.8.8.8]/", "IPv4-compatible, even of a public one"],
  ["https://[::ffff:0:127.0.0.1]/", "IPv4-translated"],
  ["https://[64:ff9b::127.0.0.1]/", "NAT64"],
  ["https://[64:ff9b:1::10.0.0.1]/", "local NAT64"],
  ["https://[2002:7f00:1::]/", "6to4"],
  ["https://[2001::1]/", "Teredo"],
  ["https://[fe80::1]/", "link-local"],
  ["https://[fec0::1]/", "site-local"],
  ["https://[fc00::1]/", "unique local"],
  ["https://[fd00:ec2::254]/", "metadata, unique local"],
  ["https://[ff02::1]/", "multicast"],
  ["https://[2001:db8::1]/", "documentation"],
  ["https://[3fff::1]/", "documentation, newer"],
  ["https://[5f00::1]/", "segment routing"],
  ["https://localhost/", "loopback by name"],
  ["https://LOCALHOST/", "by name, upper case"],
  ["https://localhost./", "by name, trailing dot"],
  ["https://a.b.localhost/", "under localhost"],
  ["https://metadata.google.internal/", "metadata by name"],
  ["https://db.internal/", "private-use name"],
  ["https://printer.local/", "multicast DNS"],
  ["https://nas.home.arpa/", "home network"],
  ["https://intranet/", "a name without a domain"],
  ["https://intranet./", "a name without a domain, trailing dot"],
  ["https://kubernetes.default.svc/", "a cluster's own name"],
  ["https://kubernetes.default.svc./", "a cluster's own name, trailing dot"],
  ["https://kubernetes.default.svc.cluster.local/", "a cluster's own name, whole"],
  ["https://10-0-0-1.default.pod/", "a cluster's own name"],
  ["https://db.service.consul/", "a cluster's own name"],
  ["https://router.lan/", "a home network"],
  ["https://nas.private/", "a private-use name"],
  ["https://a..example.com/", "an empty part"],
  ["https://.example.com/", "an empty part"],
  ["https://example.com../", "an empty part"],
  ["https://-a.example.com/", "a hyphen in front"],
  ["https://a-.example.com/", "a hyphen behind"],
  ["https://a.-example.com/", "a hyphen in front, within"],
  [`https://${"a".repeat(64)}.example.com/`, "a part of 64 characters"],
  [`https://${"ü".repeat(60)}.example.com/`, "a part of more than 63 characters in Punycode"],
  [`https://${"a.".repeat(122)}example.com/`, "a name of more than 253 characters"],
  ["https://ex*ample.com/", "a character that is in no name"],
  ["https://a;b.example.com/", "a character that is in no name"],
  [`https://example.com/${"ü".repeat(400)}`, "a URL that is too long as it is called"],
  ["https://user:secret@example.com/", "credentials"],
  ["https://user@example.com/", "credentials"],
  ["https://example.com:0/", "port 0"],
  ["http://example.com/", "not encrypted"],
  ["http://8.8.8.8/", "not encrypted"],
  ["ftp://example.com/", "another scheme"],
  ["javascript:alert(1)", "another scheme"],
  ["file:///etc/passwd", "another scheme"],
  ["//example.com/", "no scheme"],
  ["https://", "no host"],
  ["https://1.2.3.4.5/", "not an address"],
  ["example.com", "no scheme"],
  ["https:example.com", "no slashes"],
  ["https:///example.com/", "a slash too many"],
  ["https://example.com/\n", "a line break"],
  ["https://exam\tple.com/", "a tab that a parser drops"],
  [" https://example.com/", "a space"],
  ["", "nothing"],
];

describe("checkUrl", () => {
  it.each(REFUSED)("refuses %s (%s)", (spelling) => {
    expect(checkUrl(spelling, onlyPublic)).toMatch(/^must /);
  });

  it.each([
    "https://example.com/webhooks",
    "https://example.com:8443/a?b=c",
    "https://example.com./",
    "https://internal.example.com/",
    "https://localhost.example.com/",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://[::ffff:8.8.8.8]/",
    "https://bücher.example/",
    "https://a--b.example.com/",
    "https://my_host.example.com/",
    "https://svc.example.com/",
    `https://${"a".repeat(63)}.example.com/`,
    `https://${"a.".repeat(121)}example.com/`,
  ])("allows %s", (url) => {
    expect(checkUrl(url, onlyPublic)).toBeNull();
  });

  it.each([
    "http://127.0.0.1:3000/hook",
    "http://localhost:3000/",
    "http://localhost.:3000/",
    "http://[::1]:3000/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "https://127.0.0.1/",
  ])("allows %s where ALLOWED_NETWORKS names loopback", (url) => {
    expect(checkUrl(url, withLoopback)).toBeNull();
  });

  it.each([
    "http://10.0.0.1/",
    "http://example.com/",
    "https://169.254.169.254/",
    "https://db.internal/",
    "http://app.localhost:3000/",
    "http://localhost..:3000/",
    "http://host:3000/",
  ])("still refuses %s there", (url) => {
    expect(checkUrl(url, withLoopback)).not.toBeNull();
  });

  it("refuses public addresses where ALLOWED_NETWORKS does not name `public`", () => {
    const onlyPrivate = parseAllowedNetworks("10.0.0.0/8");
    expect(checkUrl("https://8.8.8.8/", onlyPrivate)).not.toBeNull();
    expect(checkUrl("http://10.1.2.3/", onlyPrivate)).toBeNull();
    expect(checkUrl("http://127.0.0.1/", onlyPrivate)).not.toBeNull();
  });

  it("allows nothing where ALLOWED_NETWORKS is empty", () => {
    expect(checkUrl("https://example.com/", parseAllowedNetworks(""))).not.toBeNull();
  });
});

describe("parseAllowedNetworks", () => {
  it("takes a lone address as a range of one", () => {
    const networks = parseAllowedNetworks("192.168.1.7");
    expect(checkUrl("http://192.168.1.7/", networks)).toBeNull();
    expect(checkUrl("http://192.168.1.8/", networks)).not.toBeNull();
  });

  it.each(["private", "10.0.0.0/33", "10.0.0/8/8", "fe80::/129", "localhost"])("refuses %s", (text) => {
    expect(() => parseAllowedNetworks(text)).toThrow(/ALLOWED_NETWORKS/);
  });
});
