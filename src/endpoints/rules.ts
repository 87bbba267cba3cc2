import type { EndpointChangeBody } from "../contract/endpoint.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { dialectNamed } from "../dialects/index.ts";
import { optionProblem } from "../dialects/options.ts";
import { headerProblem } from "../domain/headers.ts";
import { MASK } from "../domain/mask.ts";
import { type AllowedNetworks, checkUrl } from "../domain/networks.ts";
import { shownUrlProblem } from "../domain/transport.ts";
import type { FieldError } from "../errors.ts";
import type { EndpointSettings } from "./settings.ts";

/* The rules of an endpoint that one field alone cannot show: those of addresses, of its dialect, of its headers. */

/** Addresses as they were given, since a parser would mend them. One that is sent back unchanged is not judged anew. */
export function brokenAddresses(
  before: EndpointSettings,
  after: EndpointSettings,
  body: EndpointChangeBody,
  networks: AllowedNetworks,
): FieldError[] {
  const isCalled = after.policy.transport === "http";
  const called = (text: string) => (text === "" ? "is required" : checkUrl(text, networks));
  const tokenUrlOf = ({ auth }: EndpointSettings) => (auth?.type === "oauth2" ? auth.tokenUrl : undefined);
  const given = [
    {
      path: "url",
      text: body.url ?? after.url,
      isKept:
        after.url !== "" && after.url === before.url && (before.policy.transport === "http" || !isCalled),
      problemOf: isCalled ? called : shownUrlProblem,
    },
    {
      path: "auth.token_url",
      text: body.auth?.type === "oauth2" ? body.auth.token_url : undefined,
      isKept: tokenUrlOf(after) === tokenUrlOf(before),
      problemOf: called,
    },
  ];
  return given.flatMap(({ path, text, isKept, problemOf }) => {
    const message = text === undefined || isKept ? null : problemOf(text);
    return message === null ? [] : [{ path, message }];
  });
}

/** The rules of the dialect, of its headers and of its secret. */
export function broken(settings: EndpointSettings, body: EndpointChangeBody): FieldError[] {
  const errors: FieldError[] = [];
  const check: Check = (path, problem) => {
    if (problem !== null) errors.push({ path, message: problem });
  };
  const dialect = dialectNamed(settings.dialect);
  if (dialect === null || dialectNamed(body.dialect ?? settings.dialect) === null) return errors;
  errors.push(...optionProblems(dialect, settings.dialect, settings.dialectOptions));
  checkHeaders(settings, dialect, check);
  checkSecret(settings, body, dialect, check);
  return errors;
}

/** Receivers refuse requests whose headers are larger than 8 KiB (Apache, nginx) or 16 KiB (Node); ours come on top. */
const MAX_HEADERS_LENGTH = 6 * 1024;

type Check = (path: string, problem: string | null) => void;

/** What is wrong with options of a dialect, of which `name` is the name. */
export function optionProblems(
  dialect: Dialect,
  name: string,
  options: Readonly<Record<string, string>>,
): FieldError[] {
  return Object.entries(options).flatMap(([option, value]) => {
    const problem = optionProblem(dialect, option, value);
    if (problem === null) return [];
    const message = problem ?? `is no option of the dialect ${name}`;
    return [{ path: `dialect_options.${option}`, message }];
  });
}

function checkHeaders(settings: EndpointSettings, dialect: Dialect, check: Check): void {
  const seen = new Set<string>();
  const { auth } = settings;
  if (auth?.type === "header") {
    seen.add(auth.name.toLowerCase());
    check("auth.name", headerProblem(auth.name, dialect.reservedHeaders));
  } else if (auth !== null) {
    seen.add("authorization");
  }
  const characters = Object.entries(settings.headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  if (characters > MAX_HEADERS_LENGTH)
    check("headers", `must not have more than ${MAX_HEADERS_LENGTH} characters together`);
  for (const name of Object.keys(settings.headers)) {
    const twice = seen.has(name.toLowerCase()) ? "is set twice, by `headers` or by `auth`" : null;
    check(`headers.${name}`, headerProblem(name, dialect.reservedHeaders) ?? twice);
    seen.add(name.toLowerCase());
  }
}

function checkSecret(
  settings: EndpointSettings,
  body: EndpointChangeBody,
  dialect: Dialect,
  check: Check,
): void {
  const { presence } = dialect.secret;
  if (body.secret === MASK) {
    check("secret", "must be a secret, not its mask; leave it out to keep the one there is");
  } else if (typeof body.secret === "string") {
    check(
      "secret",
      presence === "never" ? "must be null: this dialect is unsigned" : dialect.secret.problem(body.secret),
    );
  } else if (body.secret === null && presence === "generated") {
    check("secret", "must not be null: this dialect is signed; leave it out to have one made");
  } else if (body.dialect !== undefined && settings.secrets.length === 0 && presence === "generated") {
    check("secret", "is required by this dialect");
  }
}
