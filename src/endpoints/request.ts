import type { z } from "@hono/zod-openapi";
import { allowedNetworksOf } from "../allowed-networks.ts";
import { readOnlyErrors } from "../changes/read-only.ts";
import {
  type EndpointBody,
  type EndpointChangeBody,
  endpointChange,
  newEndpoint,
  READ_ONLY_FIELDS,
} from "../contract/endpoint.ts";
import { fieldErrors } from "../contract/field-errors.ts";
import type { AllowedNetworks } from "../domain/networks.ts";
import type { Env } from "../env.ts";
import { type FieldError, invalid } from "../errors.ts";
import { platform } from "../platform.ts";
import { applyChange } from "./change.ts";
import { givesSecrets, misdirectedSecrets } from "./kept-secrets.ts";
import { broken, brokenAddresses } from "./rules.ts";
import { refuseTooMany } from "./secret-rotation.ts";
import { type EndpointSettings, newSettings } from "./settings.ts";

/* What a request makes of an endpoint's settings, or everything that is wrong with it. */

/** The settings of a new endpoint, given as parsed JSON. Throws 422. */
export function newEndpointSettings(
  env: Pick<Env, "ALLOWED_NETWORKS" | "EGRESS">,
  value: unknown,
): EndpointSettings {
  const stored = (body: EndpointChangeBody) => newSettings(body.dialect ?? undefined);
  const networks = allowedNetworksOf(env);
  return changedSettings({ schema: newEndpoint, value, stored, shown: null, networks }).settings;
}

/**
 * The settings of an endpoint after a change, given as parsed JSON; `isForced`: it is to be stored though nothing may
 * differ. Throws 422.
 * @param shown what a GET answers now
 */
export function settingsAfter(
  env: Pick<Env, "ALLOWED_NETWORKS" | "EGRESS">,
  value: unknown,
  stored: EndpointSettings,
  shown: EndpointBody,
): { settings: EndpointSettings; isForced: boolean } {
  const networks = allowedNetworksOf(env);
  const { settings, body } = changedSettings({
    ...{ schema: endpointChange, value, shown, networks },
    stored: () => stored,
  });
  // Or whether something was stored would tell who guesses a secret's value that it is the one.
  return { settings, isForced: givesSecrets(body) };
}

/** What a change is made of, and made from. */
interface ChangeRequest {
  schema: z.ZodType<EndpointChangeBody>;
  /** The change, as parsed JSON. */
  value: unknown;
  stored(body: EndpointChangeBody): EndpointSettings;
  /** What a GET answers now; null = the endpoint is only being made. */
  shown: EndpointBody | null;
  networks: AllowedNetworks;
}

/**
 * The settings after a change. Throws 422 with every bad field: those that the schema refuses and, of the others, those
 * that break a rule here; 409 for a secret that is one too many.
 */
function changedSettings({ schema, value, stored, shown, networks }: ChangeRequest): {
  settings: EndpointSettings;
  body: EndpointChangeBody;
} {
  const result = schema.safeParse(value);
  const body = result.success ? result.data : readable(schema, value, result.error);
  const before = stored(body);
  const nowMs = platform.nowMs();
  const { settings, errors } = applyChange(before, body, nowMs);
  const refused = result.success ? [] : fieldErrors(result.error);
  // A refused field does not say whether it kept a secret, and a mask that stands for nothing is an error already.
  const isRefused = (error: FieldError) =>
    refused.some((other) => fieldOf(other) === fieldOf(error)) ||
    errors.some((other) => other.path === error.path);
  const all = [
    ...refused,
    ...readOnlyErrors(body, READ_ONLY_FIELDS, shown, (name, then) => wasShown(name, then, shown)),
    ...errors,
    ...misdirectedSecrets(before, settings, body).filter((error) => !isRefused(error)),
    ...brokenAddresses(before, settings, body, networks).filter((error) => !isRefused(error)),
    ...broken(settings, body),
  ];
  if (all.length > 0) throw invalid(all);
  refuseTooMany(settings.secrets, before.secrets, nowMs);
  return { settings, body };
}

function fieldOf({ path }: Pick<FieldError, "path">): string | undefined {
  return path.split(/[.[]/, 1)[0];
}

/** The health of an endpoint moves on by itself: what a GET answered a minute ago may still come back. */
function wasShown(name: string, value: unknown, shown: EndpointBody | null): boolean {
  if (name !== "health" || !shown?.health) return false;
  if (value === null) return true;
  const at = typeof value === "object" ? (Reflect.get(value, "at") as unknown) : undefined;
  return typeof at === "string" && Date.parse(at) < Date.parse(shown.health.at);
}

/** The fields that the schema takes, so that the rules are checked for them although others are refused. */
function readable(
  schema: z.ZodType<EndpointChangeBody>,
  value: unknown,
  error: z.ZodError,
): EndpointChangeBody {
  if (typeof value !== "object" || value === null) return {};
  const rest = structuredClone(value) as Record<string, unknown>;
  for (const issue of error.issues) {
    const [field, entry] = issue.path.map(String);
    if (issue.code === "unrecognized_keys") for (const key of issue.keys) remove(rest, field ?? key, key);
    else if (field !== undefined) remove(rest, field, field === "headers" ? entry : undefined);
  }
  // What is still refused can only be a field that is missing: it has no rules to break.
  const again = schema.safeParse(rest);
  return again.success ? again.data : (rest as EndpointChangeBody);
}

/** Removes a field, or where an entry is named only that: of headers each has rules of its own. */
function remove(body: Record<string, unknown>, field: string, entry: string | undefined): void {
  const entries = body[field];
  if (entry === undefined || entry === field || typeof entries !== "object" || entries === null)
    delete body[field];
  else Reflect.deleteProperty(entries, entry);
}
