import { isDeepStrictEqual } from "node:util";
import type { EndpointChangeBody } from "../contract/endpoint.ts";
import { columnFields, subscriptionFields } from "../contract/endpoint-fields.ts";
import { changedValues, valuesInDialect } from "../contract/field-row.ts";
import { type DeliveryPolicy, policyFields } from "../contract/policy.ts";
import { DEFAULT_DIALECT, dialectNamed, UNKNOWN_DIALECT } from "../dialects/index.ts";
import { calledUrl } from "../domain/called-url.ts";
import type { SigningSecret } from "../domain/endpoint.ts";
import { MASK } from "../domain/mask.ts";
import { maskedUrl } from "../domain/masked-url.ts";
import type { Order } from "../domain/order.ts";
import { isStandingUrl, standingUrl } from "../domain/transport.ts";
import type { FieldError } from "../errors.ts";
import { authOf } from "./auth.ts";
import { replace } from "./secret-rotation.ts";
import { dialectOf, type EndpointSettings, effectiveOptions, newSettings } from "./settings.ts";

/* What a change makes of an endpoint's settings, field by field. */

/** The settings with what is wrong with them; they are of use only if `errors` is empty. */
export interface Checked {
  settings: EndpointSettings;
  errors: FieldError[];
}

/**
 * The settings after a change: each top-level field that is given replaces the stored one, and `null` puts back what a
 * new endpoint has, unless null is a value of the field: none.
 */
export function applyChange(stored: EndpointSettings, body: EndpointChangeBody, nowMs: number): Checked {
  const errors: FieldError[] = [];
  const base = withDialect(stored, body, errors);
  const fresh = newSettings(base.dialect);
  const columns = changedValues(columnFields, base, fresh, body);
  const order = orderOf(body, errors);
  const ordered = order === undefined ? body : { ...body, order };
  const policy = changedValues(policyFields, base.policy, fresh.policy, ordered);
  const settings: EndpointSettings = {
    ...columns,
    url: urlOf(base, body, policy),
    dialect: base.dialect,
    dialectOptions: optionsOf(base, body),
    subscription: changedValues(subscriptionFields, base.subscription, fresh.subscription, body),
    policy,
    // The reason is that of the stored status: a new status, chosen by the caller, has none.
    statusReason: columns.status === base.status ? base.statusReason : null,
    secrets: secretsOf(stored, base, body, nowMs),
    headers: headersOf(stored.headers, body, errors),
    auth: authOf(stored.auth, body.auth, errors),
  };
  return { settings, errors };
}

/** The value after a change: the given one, for null the default, the stored one if none is given. */
function chosen<Value>(given: Value | null | undefined, stored: Value, standard: Value): Value {
  return given === undefined ? stored : (given ?? standard);
}

/** The order that is asked for, by either of its names; null = the default, undefined = none is. */
function orderOf({ order, serialize }: EndpointChangeBody, errors: FieldError[]): Order | null | undefined {
  if (serialize === undefined) return order;
  const named: Order = serialize ? "endpoint" : "none";
  if (order === undefined) return named;
  if ((serialize ?? false) !== ((order ?? "none") === "endpoint")) {
    const message = `contradict each other: \`serialize: ${serialize}\` is another name for \`order: "${named}"\`; give one of them`;
    errors.push({ path: "order", message: `and \`serialize\` ${message}` });
    errors.push({ path: "serialize", message: `and \`order\` ${message}` });
  }
  return order;
}

/** The options that were chosen. Sent back as they are shown, with the dialect's defaults, none is chosen by that. */
function optionsOf(base: EndpointSettings, body: EndpointChangeBody): Record<string, string> {
  const given = body.dialect_options;
  // Those of an unknown dialect are refused with it.
  const isAsShown = dialectNamed(base.dialect) !== null && isDeepStrictEqual(given, effectiveOptions(base));
  if (given === undefined || isAsShown) return base.dialectOptions;
  return given ?? {};
}

/** The URL that is called, or what stands for it; null drops it. A masked one that is sent back keeps the stored one. */
function urlOf(base: EndpointSettings, body: EndpointChangeBody, { transport }: DeliveryPolicy): string {
  const none = transport === "http" ? "" : standingUrl(transport);
  if (body.url === null) return none;
  const hasNone = base.url === "" || isStandingUrl(base.url);
  if (body.url === undefined || isStandingUrl(body.url))
    return hasNone && transport !== "http" ? none : base.url;
  const isMask = base.url !== "" && dialectOf(base.dialect).masksUrl && body.url === maskedUrl(base.url);
  return isMask ? base.url : calledUrl(body.url);
}

/** The stored settings as they would be in the dialect that is asked for. */
function withDialect(
  stored: EndpointSettings,
  body: EndpointChangeBody,
  errors: FieldError[],
): EndpointSettings {
  const name = chosen(body.dialect, stored.dialect, DEFAULT_DIALECT);
  const [next, before] = [dialectNamed(name), dialectNamed(stored.dialect)];
  if (next === null) {
    errors.push({ path: "dialect", message: UNKNOWN_DIALECT });
    return stored;
  }
  if (name === stored.dialect || before === null) return stored;
  const fresh = newSettings(name);
  const fits = stored.secrets.every(({ secret }) => next.secret.problem(secret) === null);
  return {
    ...stored,
    dialect: name,
    dialectOptions: {},
    policy: valuesInDialect(policyFields, stored.policy, before.defaults, next.defaults),
    secrets:
      fits && stored.secrets.length > 0 && next.secret.presence !== "never" ? stored.secrets : fresh.secrets,
  };
}

/** A given secret is a rotation to it, unless those before it were made for another dialect; null ends them all. */
function secretsOf(
  stored: EndpointSettings,
  base: EndpointSettings,
  { secret }: EndpointChangeBody,
  nowMs: number,
): SigningSecret[] {
  if (secret === undefined) return base.secrets;
  if (secret === null) return [];
  const isInUse = stored.url !== "" && base.secrets === stored.secrets;
  return replace(isInUse ? stored.secrets : [], secret, dialectOf(base.dialect), nowMs);
}

function headersOf(
  stored: Record<string, string>,
  body: EndpointChangeBody,
  errors: FieldError[],
): Record<string, string> {
  if (body.headers === undefined) return stored;
  // Names of headers mean the same in whatever case (RFC 9110, 5.1).
  const values = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  const entries = Object.entries(body.headers ?? {}).map(([name, value]): [string, string] => {
    if (value !== MASK) return [name, value];
    const kept = values.get(name.toLowerCase());
    if (kept === undefined)
      errors.push({
        path: `headers.${name}`,
        message: `${MASK} keeps the stored value, and there is none: send the value itself`,
      });
    return [name, kept ?? ""];
  });
  return Object.fromEntries(entries);
}
