import { columnFields, NO_CONDITIONS, readSubscription } from "../contract/endpoint-fields.ts";
import { standardValues } from "../contract/field-row.ts";
import { type DeliveryPolicy, readPolicy, standardPolicy } from "../contract/policy.ts";
import type { EndpointChange } from "../d1/endpoint-inserts.ts";
import type { EndpointRow } from "../d1/tables.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { DEFAULT_DIALECT, dialectNamed } from "../dialects/index.ts";
import { defaultOptions } from "../dialects/options.ts";
import type { EndpointSecrets, Subscription } from "../domain/endpoint.ts";
import { stored } from "../domain/stored.ts";
import { platform } from "../platform.ts";

/** Everything that a write of an endpoint sets, its secrets in the clear. */
export type EndpointSettings = Pick<
  EndpointRow,
  "url" | "description" | "metadata" | "dialect" | "dialectOptions" | "status" | "statusReason"
> &
  EndpointSecrets & { subscription: Subscription; policy: DeliveryPolicy };

/** A new endpoint before any field is applied: its dialect's defaults, then the service's. */
export function newSettings(dialectName = DEFAULT_DIALECT as string): EndpointSettings {
  const dialect = dialectNamed(dialectName) ?? defaultDialect();
  return {
    ...standardValues(columnFields),
    url: "",
    dialect: dialectName,
    dialectOptions: {},
    subscription: NO_CONDITIONS,
    policy: standardPolicy(dialect.defaults),
    statusReason: null,
    secrets:
      dialect.secret.presence === "generated"
        ? [{ secret: dialect.secret.generate(platform), expiresAt: null }]
        : [],
    headers: {},
    auth: null,
  };
}

/** The settings that a row holds, with the secrets that were sealed in it. */
export function settingsIn(row: EndpointRow, secrets: EndpointSecrets): EndpointSettings {
  const { url, description, metadata, dialect, dialectOptions, status, statusReason } = row;
  return {
    ...{ url, description, metadata, dialect, dialectOptions, status, statusReason, ...secrets },
    subscription: readSubscription(row.subscription),
    policy: policyOf(row),
  };
}

/** The policy that a row holds. */
export function policyOf({ policy, dialect }: Pick<EndpointRow, "policy" | "dialect">): DeliveryPolicy {
  return readPolicy(policy, (dialectNamed(dialect) ?? defaultDialect()).defaults);
}

/** What a row holds of settings, their secrets sealed. */
export function rowOf(
  { secrets: _, headers: _1, auth: _2, ...open }: EndpointSettings,
  sealed: string,
): EndpointChange {
  // Code of version 0.2 knows no `order`: while it still runs, the stricter one keeps what the endpoint asks for.
  const policy = { ...open.policy, serialize: open.policy.order !== "none" };
  return { ...open, subscription: stored(open.subscription), policy: stored(policy), sealed };
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
  return { ...defaultOptions(dialectOf(settings.dialect)), ...settings.dialectOptions };
}
