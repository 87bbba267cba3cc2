import {
  type EndpointChange,
  entombEndpoint,
  findEndpoint,
  insertEndpoint,
  updateEndpoint,
} from "../config/endpoints.ts";
import { openSecrets, sealSecrets } from "../config/seal.ts";
import { pushEndpoint } from "../config/sync.ts";
import type { EndpointRow } from "../config/tables.ts";
import type { EndpointBody } from "../contract/endpoint.ts";
import { MASK } from "../contract/endpoint.ts";
import { newId } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { maskedAuth } from "./endpoint-auth.ts";
import { dialectOf, type EndpointSettings } from "./endpoint-settings.ts";
import { timeText } from "./render.ts";

/* Writes of endpoints: into D1 first, then into the log and the endpoint object; success only when all have it. */

/** How often a change is made again from the newest row when other writes come between. */
const WRITE_TRIES = 5;

const SYNC_RETRY_SECONDS = 2;

/** The endpoint's row; throws 404, for another workspace's too. */
export async function livingEndpoint(
  env: Env,
  workspaceId: string,
  endpointId: string,
): Promise<EndpointRow> {
  const row = await findEndpoint(env.DB, workspaceId, endpointId);
  if (row === null) throw unknownEndpoint(endpointId);
  return row;
}

export function unknownEndpoint(endpointId: string): ApiError {
  return new ApiError("not_found", `There is no endpoint ${endpointId}.`);
}

/** The settings of a row, its secrets opened. */
export async function settingsOf(env: Env, row: EndpointRow): Promise<EndpointSettings> {
  const { url, description, metadata, dialect, dialectOptions, subscription, policy, status, statusReason } =
    row;
  return {
    ...{ url, description, metadata, dialect, dialectOptions, subscription, policy, status, statusReason },
    ...(await openSecrets(row.sealed, env)),
  };
}

/** Makes an endpoint. If the objects do not take it, it is taken back, so that 503 is safe to repeat. */
export async function createEndpoint(
  env: Env,
  workspaceId: string,
  settings: EndpointSettings,
): Promise<EndpointRow> {
  const nowMs = Date.now();
  const row = await insertEndpoint(
    env.DB,
    newId("ep", nowMs),
    workspaceId,
    await sealed(env, settings),
    nowMs,
  );
  try {
    await pushEndpoint(env, row);
  } catch (error) {
    await entombEndpoint(env.DB, row, Date.now());
    throw pending(error, "The endpoint was not made.");
  }
  return row;
}

/**
 * Changes an endpoint, starting anew from the newest row where another write came between. Throws 404, 409, and 503
 * if the objects did not take the change yet: it is stored, cron pushes it, and to repeat it is safe.
 */
export async function changeEndpoint(
  env: Env,
  workspaceId: string,
  endpointId: string,
  change: (stored: EndpointSettings, row: EndpointRow) => EndpointSettings | Promise<EndpointSettings>,
): Promise<{ row: EndpointRow; settings: EndpointSettings }> {
  for (let tried = 0; tried < WRITE_TRIES; tried++) {
    const stored = await livingEndpoint(env, workspaceId, endpointId);
    const settings = await change(await settingsOf(env, stored), stored);
    const row = await updateEndpoint(env.DB, stored, await sealed(env, settings), Date.now());
    if (row === null) continue;
    await pushed(env, row);
    return { row, settings };
  }
  throw new ApiError("write_conflict", "Other writes of this endpoint came between. Nothing was changed.");
}

/** Deletes an endpoint with all it holds. Throws like `changeEndpoint`; a deletion that is pending may be repeated. */
export async function deleteEndpoint(env: Env, workspaceId: string, endpointId: string): Promise<void> {
  for (let tried = 0; tried < WRITE_TRIES; tried++) {
    const stored = await findEndpoint(env.DB, workspaceId, endpointId, "or unsynced tombstone");
    if (stored === null) throw unknownEndpoint(endpointId);
    const tombstone = stored.deletedAt === null ? await entombEndpoint(env.DB, stored, Date.now()) : stored;
    if (tombstone !== null) return pushed(env, tombstone);
  }
  throw new ApiError("write_conflict", "Other writes of this endpoint came between. It was not deleted.");
}

async function pushed(env: Env, row: EndpointRow): Promise<void> {
  try {
    await pushEndpoint(env, row);
  } catch (error) {
    throw pending(error, "The change is stored and will be taken over; to repeat it is safe.");
  }
}

function pending(error: unknown, detail: string): ApiError {
  console.error(JSON.stringify({ message: "an object did not take a configuration", error: String(error) }));
  return new ApiError("sync_pending", detail, { retryAfterSeconds: SYNC_RETRY_SECONDS });
}

async function sealed(env: Env, settings: EndpointSettings): Promise<EndpointChange> {
  const { secrets, headers, auth, ...open } = settings;
  return { ...open, sealed: await sealSecrets({ secrets, headers, auth }, env) };
}

/** An endpoint as the API shows it, its secrets masked. */
export function endpointBody(row: EndpointRow, settings: EndpointSettings): EndpointBody {
  const { subscription, policy } = settings;
  return {
    id: row.id,
    url: settings.url,
    description: settings.description,
    metadata: settings.metadata,
    dialect: settings.dialect,
    dialect_options: effectiveOptions(settings),
    ...subscription,
    serialize: policy.serialize,
    method: policy.method,
    headers: Object.fromEntries(Object.keys(settings.headers).map((name) => [name, MASK])),
    auth: maskedAuth(settings.auth),
    retry: policy.retry,
    timeout: policy.timeoutSeconds,
    max_in_flight: policy.maxInFlight,
    rate_limit: policy.ratePerSecond === null ? null : { per_second: policy.ratePerSecond },
    on_dead_letter: policy.onDeadLetter,
    disable_after:
      policy.disableAfterFailures === null ? null : { consecutive_failures: policy.disableAfterFailures },
    status: settings.status,
    status_reason: settings.statusReason,
    created_at: timeText(row.createdAt),
    updated_at: timeText(row.updatedAt),
  };
}

/** An endpoint as lists show it: where its dialect is unsigned, the URL is the secret, and is masked too. */
export function listedEndpointBody(row: EndpointRow, settings: EndpointSettings): EndpointBody {
  const body = endpointBody(row, settings);
  return dialectOf(row.dialect).secret.presence === "never" ? { ...body, url: maskedUrl(row.url) } : body;
}

/** The host and the first 4 characters of the path; never the query (contracts.md, voice). */
function maskedUrl(text: string): string {
  const url = new URL(text);
  return `${url.origin}${url.pathname.slice(0, 5)}${MASK}`;
}

function effectiveOptions(settings: EndpointSettings): Record<string, string> {
  const { options } = dialectOf(settings.dialect);
  const defaults = Object.entries(options).map(([name, [first]]) => [name, first]);
  return { ...Object.fromEntries(defaults), ...settings.dialectOptions };
}
