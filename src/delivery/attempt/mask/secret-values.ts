import type { EndpointAuth, EndpointSecrets } from "../../../domain/endpoint.ts";
import { type Masker, masker } from "./masker.ts";

/** Values of headers that are shorter are no secrets, and masking them would make answers unreadable. */
const LEAST_HEADER_CHARACTERS = 8;

/** Secrets and credentials that are shorter stand in any text by chance. */
const LEAST_CHARACTERS = 4;

/** Headers of a request whose values are nobody's secret (RFC 9110, 9111, W3C Trace Context), lower case. */
const PUBLIC_HEADERS = new Set([
  ...[
    "accept",
    "accept-charset",
    "accept-language",
    "cache-control",
    "dnt",
    "from",
    "if-match",
    "if-modified-since",
  ],
  ...[
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "prefer",
    "priority",
  ],
  ...["range", "referer", "traceparent", "tracestate", "user-agent", "x-requested-with"],
]);

/**
 * All that an endpoint's records must not show, in the clear.
 * @param sent the endpoint's own headers as they were sent, those of its authentication among them
 */
export function secretValues(secrets: EndpointSecrets, sent: Record<string, string>): string[] {
  const credentials = [
    ...secrets.secrets.flatMap(({ secret }) => [secret, ...keyOf(secret)]),
    ...authSecrets(secrets.auth),
  ].filter((value) => value.length >= LEAST_CHARACTERS);
  const headers = [...Object.entries(secrets.headers), ...Object.entries(sent)]
    .filter(([name]) => !PUBLIC_HEADERS.has(name.toLowerCase()))
    .flatMap(([name, value]) => [value, ...partsOf(name, value)])
    .filter((value) => value.length >= LEAST_HEADER_CHARACTERS);
  return [...new Set([...credentials, ...headers])];
}

/** What comes after the prefix of a `whsec_…` or `whsk_…`, and the key itself, one character per byte. */
function keyOf(secret: string): string[] {
  const key = /^whs(?:ec|k)_(.+)$/.exec(secret)?.[1];
  return key === undefined ? [] : [key, Buffer.from(key, "base64").toString("latin1")];
}

/** What of a header's value is a secret by itself: credentials without their scheme, a cookie's value. */
function partsOf(name: string, value: string): string[] {
  const credentials = /^[A-Za-z][A-Za-z0-9_-]* +(\S.*)$/.exec(value)?.[1];
  const basic = /^basic +(\S+)$/i.exec(value)?.[1];
  const cookies =
    name.toLowerCase() === "cookie"
      ? value.split(/; */).map((pair) => pair.slice(pair.indexOf("=") + 1))
      : [];
  return [
    ...(credentials === undefined ? [] : [credentials]),
    ...(basic === undefined ? [] : basicParts(Buffer.from(basic, "base64").toString("utf8"))),
    ...cookies,
  ];
}

function basicParts(credentials: string): string[] {
  return [credentials, credentials.slice(credentials.indexOf(":") + 1)];
}

function authSecrets(auth: EndpointAuth | null): string[] {
  switch (auth?.type) {
    case undefined:
      return [];
    case "basic":
      return [auth.password, ...bothOf(auth.username, auth.password)];
    case "bearer":
      return [auth.token];
    case "header":
      return [auth.value, ...partsOf(auth.name, auth.value)];
    case "oauth2":
      return [auth.clientSecret, ...bothOf(auth.clientId, auth.clientSecret)];
  }
}

function bothOf(user: string, password: string): string[] {
  const both = `${user}:${password}`;
  return [both, Buffer.from(both).toString("base64")];
}

/** Maskers of endpoints at work: what one is made of changes rarely, and making one costs as much as a delivery. */
const KEPT = new WeakMap<EndpointSecrets, { sent: string; masker: Masker }>();

/** Larger ones, of endpoints with many headers, are made anew each time: there may be hundreds of endpoints. */
const MAX_KEPT_BYTES = 128 * 1024;

/**
 * What takes an endpoint's secrets out of an answer.
 * @param sent as for `secretValues`
 * @param more what else its records must not show
 */
export function maskerOf(
  secrets: EndpointSecrets,
  sent: Record<string, string>,
  more: readonly string[] = [],
): Masker {
  const key = JSON.stringify([sent, more]);
  const kept = KEPT.get(secrets);
  if (kept?.sent === key) return kept.masker;
  const made = masker([...secretValues(secrets, sent), ...more]);
  if (made.size <= MAX_KEPT_BYTES) KEPT.set(secrets, { sent: key, masker: made });
  return made;
}
