import { isDeepStrictEqual } from "node:util";
import { type Author, recordOf } from "../changes/author.ts";
import { oneAfterAnother } from "../changes/write-turns.ts";
import type { EndpointChange } from "../d1/endpoint-inserts.ts";
import { entombEndpoint, updateEndpoint } from "../d1/endpoint-writes.ts";
import { findEndpoint } from "../d1/endpoints.ts";
import { keepRow, withdrawRow } from "../d1/recent-rows.ts";
import type { EndpointRow } from "../d1/tables.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { pushWritten } from "../reconcile/sync.ts";
import { isTaken } from "../reconcile/synced-notes.ts";
import { openSecrets, sealSecrets } from "../seal/seal.ts";
import { logLine } from "../service-log.ts";
import { deletionOf, differenceOf } from "./audit.ts";
import { refuseUnkeptOrder } from "./log-order.ts";
import { type EndpointSettings, rowOf, settingsIn } from "./settings.ts";

/*
 * Changes of endpoints: into D1 first, then into the log and the endpoint object; success only when all have it. How they
 * are made is in `creation.ts`.
 */

/** How often a change is made again from the newest row when other writes come between. */
const WRITE_TRIES = 5;

const SYNC_RETRY_SECONDS = 2;

/** The endpoint's row; throws 404, also for one that is out of reach: another workspace's, or another customer's. */
export async function livingEndpoint(env: Env, reach: Reach, endpointId: string): Promise<EndpointRow> {
  const row = await findEndpoint(env.DB, reach, endpointId);
  if (row === null) throw unknownEndpoint(endpointId);
  return row;
}

export function unknownEndpoint(endpointId: string): ApiError {
  return new ApiError("not_found", `There is no endpoint ${endpointId}.`);
}

/** The settings of a row, its secrets opened. */
export async function settingsOf(env: Env, row: EndpointRow): Promise<EndpointSettings> {
  return settingsIn(row, await openSecrets(row.sealed, env));
}

/** The settings after a change; `isForced`: they are stored though they may be what is stored already. */
interface Changed {
  settings: EndpointSettings;
  isForced?: boolean;
}

/** What a change makes of an endpoint, what the audit log calls it, and the answer that is kept for a repeated request. */
export interface EndpointChanging {
  action?: "endpoint.updated" | "endpoint.secret_rotated";
  change(stored: EndpointSettings, row: EndpointRow): Changed | Promise<Changed>;
  answer?(row: EndpointRow, settings: EndpointSettings): unknown;
}

interface ChangedEndpoint {
  row: EndpointRow;
  settings: EndpointSettings;
}

/**
 * Changes an endpoint, starting anew from the newest row where another write came between; what differs in nothing is
 * not written. Throws 404, 409, and 503 if the objects did not take the change yet: it is stored, cron pushes it, and to
 * repeat it is safe.
 */
export function changeEndpoint(
  env: Env,
  author: Author,
  endpointId: string,
  changing: EndpointChanging,
): Promise<ChangedEndpoint> {
  return oneAfterAnother(author.workspaceId, () => changeInTurn(env, author, endpointId, changing));
}

async function changeInTurn(
  env: Env,
  author: Author,
  endpointId: string,
  { action = "endpoint.updated", change, answer }: EndpointChanging,
): Promise<ChangedEndpoint> {
  const recent = withdrawRow(author, endpointId, platform.nowMs());
  for (let tried = 0; tried < WRITE_TRIES; tried++) {
    const known = tried === 0 ? recent : undefined;
    const stored = known ?? (await livingEndpoint(env, author, endpointId));
    const before = await settingsOf(env, stored);
    const wanted = await changedBy(change, before, stored, known === undefined);
    if (wanted === null) continue;
    const { settings, isForced } = wanted;
    if (!isForced && isDeepStrictEqual(settings, before)) {
      if (known !== undefined) continue;
      await ensureTaken(env, stored);
      return { row: stored, settings };
    }
    const record = (changed: EndpointRow) => {
      const difference = differenceOf(action, { row: stored, settings: before }, { row: changed, settings });
      return recordOf(env, author, difference, kept(changed, answer?.(changed, settings)));
    };
    const row = await updateEndpoint(
      env.DB,
      stored,
      await sealSettings(env, settings),
      platform.nowMs(),
      record,
    );
    if (row === null) {
      // What was made of a row that is not the newest says nothing of the order that is wanted now.
      if (known === undefined) await refuseUnkeptOrder(env.DB, author.workspaceId, settings.policy.order);
      continue;
    }
    keepRow(row, platform.nowMs());
    await pushOrSayPending(env, row, stored);
    return { row, settings };
  }
  throw new ApiError(
    "write_conflict",
    "Others changed this endpoint at the same time. Nothing was changed; send it again.",
  );
}

/** What the change makes of the settings; null if it is refused for a row that may not be the newest. */
async function changedBy(
  change: EndpointChanging["change"],
  before: EndpointSettings,
  row: EndpointRow,
  isNewest: boolean,
): Promise<Changed | null> {
  try {
    return await change(before, row);
  } catch (error) {
    if (isNewest) throw error;
    return null;
  }
}

/** Deletes an endpoint with all it holds. Throws like `changeEndpoint`; a deletion that is pending may be repeated. */
export function deleteEndpoint(env: Env, author: Author, endpointId: string): Promise<void> {
  return oneAfterAnother(author.workspaceId, () => deleteInTurn(env, author, endpointId));
}

async function deleteInTurn(env: Env, author: Author, endpointId: string): Promise<void> {
  for (let tried = 0; tried < WRITE_TRIES; tried++) {
    const stored = await findEndpoint(env.DB, author, endpointId, "or unsynced tombstone");
    if (stored === null) throw unknownEndpoint(endpointId);
    const tombstone = stored.deletedAt === null ? await entomb(env, author, stored) : stored;
    if (tombstone !== null) return pushOrSayPending(env, tombstone, null);
  }
  throw new ApiError(
    "write_conflict",
    "Others changed this endpoint at the same time. It was not deleted; send it again.",
  );
}

async function entomb(env: Env, author: Author, stored: EndpointRow): Promise<EndpointRow | null> {
  const record = await recordOf(env, author, deletionOf(stored, await settingsOf(env, stored)));
  return entombEndpoint(env.DB, stored, platform.nowMs(), record);
}

/** Before an answer that names this endpoint is given again: the promise of the first one must hold. Throws 503. */
export async function ensureTaken(env: Env, row: EndpointRow): Promise<void> {
  if (!isTaken(row)) await pushOrSayPending(env, row, null);
}

/** As `ensureTaken`, of the endpoint that an answer names: what the answer promised of it must hold. Throws 503. */
export async function ensureAnswerHolds(env: Env, reach: Reach, endpointId: string): Promise<void> {
  const row = await findEndpoint(env.DB, reach, endpointId);
  if (row !== null) await ensureTaken(env, row);
}

/** The answer that is kept with a change of an endpoint; undefined = none is. */
export function kept(row: EndpointRow, body: unknown) {
  return body === undefined ? undefined : { body, endpointId: row.id };
}

async function pushOrSayPending(env: Env, row: EndpointRow, before: EndpointRow | null): Promise<void> {
  try {
    await pushWritten(env, row, before, platform);
  } catch (error) {
    throw pending(error, "The change is stored and will be taken over; to repeat it is safe.");
  }
}

/** 503: the objects have not taken what D1 has. */
export function pending(error: unknown, detail: string): ApiError {
  logLine("error", "an object did not take a configuration", { error });
  return new ApiError("sync_pending", detail, { retryAfterSeconds: SYNC_RETRY_SECONDS });
}

/** The settings as a row holds them. */
export async function sealSettings(env: Env, settings: EndpointSettings): Promise<EndpointChange> {
  const { secrets, headers, auth } = settings;
  return rowOf(settings, await sealSecrets({ secrets, headers, auth }, env, platform));
}
