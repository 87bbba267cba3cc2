import type { EndpointChangeBody } from "../contract/endpoint.ts";
import { isSameOrigin } from "../domain/called-url.ts";
import { MASK } from "../domain/mask.ts";
import { isStandingUrl } from "../domain/transport.ts";
import type { FieldError } from "../errors.ts";
import { secretField } from "./auth.ts";
import type { EndpointSettings } from "./settings.ts";

/*
 * Header values and credentials are write-only, and whoever may change an endpoint may change where they are sent. So
 * they stay with the origins that they were given for: a change of origin must give each of them anew, whatever the
 * caller's role. The signing secret is never sent, so it may be kept.
 */

/** The secrets that a change would keep and send to another origin than before. */
export function misdirectedSecrets(
  before: EndpointSettings,
  after: EndpointSettings,
  body: EndpointChangeBody,
): FieldError[] {
  const moved = movedFields(before, after);
  if (moved.length === 0) return [];
  const message = `must be given anew (or dropped), because ${moved.join(" and ")} ${moved.length === 1 ? "names" : "name"} another receiver: what is kept is sent where it was given for`;
  return keptSecrets(after, body).map((path) => ({ path, message }));
}

/** Whether a body names a secret's value instead of its mask. */
export function givesSecrets({ headers, auth }: EndpointChangeBody): boolean {
  const isMasked = !auth || Reflect.get(auth, secretField(auth.type).body) === MASK;
  return !isMasked || Object.values(headers ?? {}).some((value) => value !== MASK);
}

function movedFields(before: EndpointSettings, after: EndpointSettings): string[] {
  const urls: [path: string, from: string | null, to: string | null][] = [
    ["url", before.url === "" ? null : before.url, after.url],
    ["auth.token_url", tokenUrlOf(before), tokenUrlOf(after)],
  ];
  const moved = urls
    .filter(([, from, to]) => from !== null && to !== null && isElsewhere(from, to))
    .map(([path]) => path);
  // Who pulls or listens is another receiver than the URL: it would be handed what was given for that.
  const isOtherTransport = before.url !== "" && before.policy.transport !== after.policy.transport;
  return isOtherTransport ? ["transport", ...moved] : moved;
}

/** What is no URL at all is refused as such, and where a URL is dropped nothing is sent. */
function isElsewhere(from: string, to: string): boolean {
  return URL.canParse(to) && !isStandingUrl(to) && !isSameOrigin(from, to);
}

function keptSecrets({ headers, auth }: EndpointSettings, body: EndpointChangeBody): string[] {
  const given = body.headers;
  const names = Object.keys(headers).filter((name) => given === undefined || given?.[name] === MASK);
  const paths = names.map((name) => `headers.${name}`);
  if (auth === null) return paths;
  const field = secretField(auth.type).body;
  const isKept = body.auth === undefined || (body.auth && Reflect.get(body.auth, field) === MASK);
  return isKept ? [...paths, `auth.${field}`] : paths;
}

function tokenUrlOf({ auth }: EndpointSettings): string | null {
  return auth?.type === "oauth2" ? auth.tokenUrl : null;
}
