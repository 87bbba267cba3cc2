import { waitUntil } from "cloudflare:workers";
import { type Author, recordOf } from "../changes/author.ts";
import { makeTogether } from "../changes/write-turns.ts";
import {
  type EndpointChange,
  hasRoomForEndpoint,
  hasRoomInDialect,
  type Insert,
  insertEndpoints,
  newRow,
} from "../d1/endpoint-inserts.ts";
import { takeBackEndpoint } from "../d1/endpoint-writes.ts";
import { type EventTypeName, listEventTypeNames } from "../d1/event-types.ts";
import { endpointsPerWorkspace } from "../d1/limits.ts";
import type { EndpointRow } from "../d1/tables.ts";
import { idIn, jurisdictionOf } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import { pushNew, pushWritten } from "../reconcile/sync.ts";
import { creationOf, deletionOf } from "./audit.ts";
import { refuseUnkeptOrder } from "./log-order.ts";
import type { EndpointSettings } from "./settings.ts";
import { kept, pending, sealSettings } from "./store.ts";

/*
 * Endpoints that are made. Those of one workspace whose requests wait at the same time are made together: one read of D1,
 * one batch, one call of the log for all of them. On one machine each of these is a millisecond or more of the one thread,
 * and a commit, however much it carries.
 */

const IF_UNKNOWN =
  "It is not known whether the endpoint was made. Look for it among your endpoints before you send this again; " +
  "sent again with the same Idempotency-Key it is never made twice.";

/** What is made of a request for an endpoint. */
export interface Creation<Body = unknown> {
  settings: EndpointSettings;
  /**
   * The answer's body; it is kept with the endpoint for a repeated request.
   * @param ownTypes the workspace's own event types, if they were asked for
   */
  answer(row: EndpointRow, ownTypes: readonly EventTypeName[]): Body;
  asksForTypes?: boolean;
  /** A limit beside that of all endpoints: so many of the dialect, and what is said where there are as many of either. */
  within?: { mostInDialect: number; refusal(): ApiError };
}

interface Wanted extends Creation {
  author: Author;
  sealed: EndpointChange;
}

/** An endpoint as it was made, and what its answer is made from beside. */
interface Made {
  row: EndpointRow;
  ownTypes: readonly EventTypeName[];
}

/** Makes an endpoint; returns the answer's body. If the objects do not take it, it is taken back, so that 503 is safe to repeat. */
export async function createEndpoint<Body>(
  env: Env,
  author: Author,
  creation: Creation<Body>,
): Promise<Body> {
  const sealed = await sealSettings(env, creation.settings);
  const value: Wanted = { ...creation, author, sealed };
  const part = {
    kind: "new endpoint",
    value,
    characters: JSON.stringify(sealed).length,
    ifUnknown: IF_UNKNOWN,
  };
  const { row, ownTypes } = await makeTogether(author.workspaceId, part, waitUntil, (all: Wanted[]) =>
    makeAll(env, author.workspaceId, all),
  );
  return creation.answer(row, ownTypes);
}

/** 409: the workspace has as many endpoints as it may have. */
export function noRoomForEndpoint(env: Env): ApiError {
  const most = endpointsPerWorkspace(env);
  return new ApiError("limit_reached", `A workspace may have ${most} endpoints; delete one first.`);
}

/** Makes endpoints of one workspace. What became of each, in their order. */
async function makeAll(
  env: Env,
  workspaceId: string,
  all: readonly Wanted[],
): Promise<PromiseSettledResult<Made>[]> {
  const asks = all.some(({ asksForTypes }) => asksForTypes);
  const ownTypes = asks ? await listEventTypeNames(env.DB, workspaceId) : [];
  const made = all.map((wanted): Wanted & Made => {
    const nowMs = platform.nowMs();
    const id = idIn(jurisdictionOf(workspaceId), "ep", nowMs, platform);
    return { ...wanted, row: newRow(id, workspaceId, wanted.sealed, nowMs), ownTypes };
  });
  const inserts = await Promise.all(made.map((one) => insertOf(env, one)));
  const stored = await insertEndpoints(env.DB, inserts);
  const rows = made.flatMap(({ row }, i) => (isStored(stored[i]) ? [row] : []));
  const failure = await pushNew(env, rows, platform).then(
    () => null,
    (error: unknown) => ({ error }),
  );
  return Promise.allSettled(
    made.map(async (one, i) => {
      const outcome = stored[i];
      if (outcome?.status === "rejected") throw outcome.reason;
      if (!isStored(outcome)) throw await refusalOf(env, one);
      if (failure !== null) throw await takenBack(env, one, failure.error);
      return one;
    }),
  );
}

async function insertOf(env: Env, made: Wanted & Made): Promise<Insert> {
  const { author, settings, answer, within, row, ownTypes } = made;
  const most = endpointsPerWorkspace(env);
  const body = author.once === null ? undefined : answer(row, ownTypes);
  return {
    row,
    isWanted: within
      ? hasRoomInDialect(row, within.mostInDialect, most)
      : hasRoomForEndpoint(row.workspaceId, most),
    record: await recordOf(env, author, creationOf(row, settings), kept(row, body)),
  };
}

function isStored(outcome: PromiseSettledResult<boolean> | undefined): boolean {
  return outcome?.status === "fulfilled" && outcome.value;
}

/** Why an endpoint was not stored. */
async function refusalOf(env: Env, { author, settings, within }: Wanted): Promise<unknown> {
  await refuseUnkeptOrder(env.DB, author.workspaceId, settings.policy.order);
  return within?.refusal() ?? noRoomForEndpoint(env);
}

/** Takes back an endpoint that the log did not take; returns what is answered. */
async function takenBack(
  env: Env,
  { author, settings, row }: Wanted & Made,
  error: unknown,
): Promise<ApiError> {
  const record = await recordOf(env, { ...author, once: null }, deletionOf(row, settings));
  const tombstone = await takeBackEndpoint(env.DB, row, platform.nowMs(), record, author.once?.id ?? null);
  // The log may have taken it, and only its answer was lost: until cron comes events would go there.
  await pushWritten(env, tombstone, null, platform).catch(() => undefined);
  return pending(error, "The endpoint was not made.");
}
