import type { EndpointRow } from "../config/tables.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { DEFAULT_DIALECT, dialectNamed } from "../dialects/index.ts";
import type { EndpointSecrets, Subscription } from "../domain/endpoint.ts";

/** Everything that a write of an endpoint sets, its secrets in the clear. */
export type EndpointSettings = Pick<
  EndpointRow,
  | "url"
  | "description"
  | "metadata"
  | "dialect"
  | "dialectOptions"
  | "subscription"
  | "policy"
  | "status"
  | "statusReason"
> &
  EndpointSecrets;

/** What a new endpoint gets: everything that is published. */
export const NO_CONDITIONS: Subscription = { types: ["*"], stages: [], tags: [], context: {}, filter: null };

const DEFAULT_TIMEOUT_SECONDS = 10;
const DEFAULT_MAX_IN_FLIGHT = 6;

/** A new endpoint before any field is applied: its dialect's defaults, then the service's. */
export function newSettings(dialectName = DEFAULT_DIALECT as string): EndpointSettings {
  const dialect = dialectNamed(dialectName) ?? defaultDialect();
  return {
    url: "",
    description: "",
    metadata: {},
    dialect: dialectName,
    dialectOptions: {},
    subscription: NO_CONDITIONS,
    policy: {
      serialize: false,
      method: "POST",
      retry: dialect.defaults.retry,
      timeoutSeconds: DEFAULT_TIMEOUT_SECONDS,
      maxInFlight: DEFAULT_MAX_IN_FLIGHT,
      ratePerSecond: null,
      onDeadLetter: "continue",
      disableAfterFailures: dialect.defaults.disableAfterFailures,
    },
    status: "enabled",
    statusReason: null,
    secrets:
      dialect.secret.presence === "generated" ? [{ secret: dialect.secret.generate(), expiresAt: null }] : [],
    headers: {},
    auth: null,
  };
}

/** The row of an endpoint's dialect. Throws if it is not in the table any more. */
export function dialectOf(name: string): Dialect {
  const dialect = dialectNamed(name);
  if (dialect === null) throw new Error(`no dialect ${name}`);
  return dialect;
}

function defaultDialect(): Dialect {
  return dialectOf(DEFAULT_DIALECT);
}

/** A dialect's options as they are in effect: the chosen ones and, of the others, the defaults. */
export function effectiveOptions(settings: EndpointSettings): Record<string, string> {
  const { options } = dialectOf(settings.dialect);
  const defaults = Object.entries(options).map(([name, [first]]) => [name, first]);
  return { ...Object.fromEntries(defaults), ...settings.dialectOptions };
}
