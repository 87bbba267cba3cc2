import type { EndpointChangeBody } from "../contract/endpoint.ts";
import { MASK } from "../contract/endpoint.ts";
import { dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import { calledUrl } from "../domain/called-url.ts";
import type { DeliveryPolicy } from "../domain/endpoint.ts";
import { maskedUrl } from "../domain/masked-url.ts";
import type { FieldError } from "../errors.ts";
import { authOf } from "./endpoint-auth.ts";
import { dialectOf, type EndpointSettings, newSettings } from "./endpoint-settings.ts";

/* What a change makes of an endpoint's settings, field by field. */

/** The settings with what is wrong with them; they are of use only if `errors` is empty. */
export interface Checked {
  settings: EndpointSettings;
  errors: FieldError[];
}

/** The settings after a change: each top-level field that is given replaces the stored one. */
export function applyChange(stored: EndpointSettings, body: EndpointChangeBody): Checked {
  const errors: FieldError[] = [];
  const base = withDialect(stored, body, errors);
  const status = body.status ?? base.status;
  const settings: EndpointSettings = {
    url: urlOf(base, body),
    description: body.description ?? base.description,
    metadata: body.metadata ?? base.metadata,
    dialect: base.dialect,
    dialectOptions: body.dialect_options ?? base.dialectOptions,
    subscription: {
      types: body.types ?? base.subscription.types,
      stages: body.stages ?? base.subscription.stages,
      tags: body.tags ?? base.subscription.tags,
      context: body.context ?? base.subscription.context,
      filter: body.filter === undefined ? base.subscription.filter : body.filter,
    },
    policy: policyOf(base.policy, body),
    status,
    // The reason is that of the stored status: a new status, chosen by the caller, has none.
    statusReason: status === base.status ? base.statusReason : null,
    secrets: secretsOf(base, body),
    headers: headersOf(stored.headers, body, errors),
    auth: authOf(stored.auth, body.auth, errors),
  };
  return { settings, errors };
}

/** The URL that is called. A masked one that is sent back keeps the stored one. */
function urlOf(base: EndpointSettings, body: EndpointChangeBody): string {
  if (body.url === undefined) return base.url;
  const isMask = base.url !== "" && dialectOf(base.dialect).masksUrl && body.url === maskedUrl(base.url);
  return isMask ? base.url : calledUrl(body.url);
}

function policyOf(base: DeliveryPolicy, body: EndpointChangeBody): DeliveryPolicy {
  return {
    serialize: body.serialize ?? base.serialize,
    method: body.method ?? base.method,
    retry: body.retry ? { delays: body.retry.delays, jitter: body.retry.jitter ?? 0 } : base.retry,
    timeoutSeconds: body.timeout ?? base.timeoutSeconds,
    maxInFlight: body.max_in_flight ?? base.maxInFlight,
    ratePerSecond: body.rate_limit === undefined ? base.ratePerSecond : (body.rate_limit?.per_second ?? null),
    onDeadLetter: body.on_dead_letter ?? base.onDeadLetter,
    disableAfterFailures:
      body.disable_after === undefined
        ? base.disableAfterFailures
        : (body.disable_after?.consecutive_failures ?? null),
  };
}

/** The stored settings as they would be in the dialect that is asked for. */
function withDialect(
  stored: EndpointSettings,
  body: EndpointChangeBody,
  errors: FieldError[],
): EndpointSettings {
  const name = body.dialect ?? stored.dialect;
  const [next, before] = [dialectNamed(name), dialectNamed(stored.dialect)];
  if (next === null) {
    errors.push({ path: "dialect", message: UNKNOWN_DIALECT });
    return stored;
  }
  if (name === stored.dialect || before === null) return stored;
  const fresh = newSettings(name);
  const keptDefault = JSON.stringify(stored.policy.retry) === JSON.stringify(before.defaults.retry);
  const keptDisable = stored.policy.disableAfterFailures === before.defaults.disableAfterFailures;
  const fits = stored.secrets.every(({ secret }) => next.secret.problem(secret) === null);
  return {
    ...stored,
    dialect: name,
    dialectOptions: {},
    policy: {
      ...stored.policy,
      // What was the one dialect's default becomes the other's; what was chosen stays.
      retry: keptDefault ? fresh.policy.retry : stored.policy.retry,
      disableAfterFailures: keptDisable
        ? fresh.policy.disableAfterFailures
        : stored.policy.disableAfterFailures,
    },
    secrets:
      fits && stored.secrets.length > 0 && next.secret.presence !== "never" ? stored.secrets : fresh.secrets,
  };
}

/** A given secret takes the place of all; for a rotation with a time of grace there is a route. */
function secretsOf(base: EndpointSettings, body: EndpointChangeBody) {
  if (body.secret === undefined) return base.secrets;
  return body.secret === null ? [] : [{ secret: body.secret, expiresAt: null }];
}

function headersOf(
  stored: Record<string, string>,
  body: EndpointChangeBody,
  errors: FieldError[],
): Record<string, string> {
  if (body.headers === undefined) return stored;
  const entries = Object.entries(body.headers).map(([name, value]): [string, string] => {
    if (value !== MASK) return [name, value];
    const kept = stored[name];
    if (kept === undefined)
      errors.push({ path: `headers.${name}`, message: `${MASK} stands for no stored value` });
    return [name, kept ?? ""];
  });
  return Object.fromEntries(entries);
}
