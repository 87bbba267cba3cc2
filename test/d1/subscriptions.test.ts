import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { hasRoomInDialect, insertEndpoint, newRow } from "../../src/d1/endpoint-inserts.ts";
import {
  findPendingUnsubscription,
  findSubscription,
  insertSubscription,
  listSubscriptions,
} from "../../src/d1/endpoint-subscriptions.ts";
import { entombEndpoint, updateEndpoint } from "../../src/d1/endpoint-writes.ts";
import { findEndpoint } from "../../src/d1/endpoints.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import { newId } from "../../src/domain/ids.ts";
import { wholeWorkspace } from "../../src/domain/scope.ts";
import { platform } from "../../src/platform.ts";
import { storedEndpoint } from "./rows.ts";

const workspace = () => newId("ws", Date.now(), platform);
const unrecorded = async () => UNRECORDED;

/** What an insert takes of a row, from one that lies elsewhere. */
async function settings(): Promise<EndpointRow> {
  return storedEndpoint(env.DB, workspace());
}

async function subscribe(workspaceId: string, key: string, change: EndpointRow, mostEndpoints = 100) {
  return insertSubscription(
    env.DB,
    newId("ep", Date.now(), platform),
    workspaceId,
    key,
    change,
    Date.now(),
    unrecorded,
    mostEndpoints,
  );
}

/** Stores an endpoint unless the workspace has so many of its dialect, or in all; null then. */
async function insertWithin(workspaceId: string, change: EndpointRow, most: number, mostEndpoints: number) {
  const row = newRow(newId("ep", Date.now(), platform), workspaceId, change, Date.now());
  const isWanted = hasRoomInDialect(row, most, mostEndpoints);
  return (await insertEndpoint(env.DB, { row, isWanted, record: UNRECORDED })) ? row : null;
}

describe("a subscription key", () => {
  it("is taken once, also by requests at the same moment, and only within its workspace", async () => {
    const [ws, change] = [workspace(), await settings()];
    const made = await Promise.all(Array.from({ length: 8 }, () => subscribe(ws, "k/1", change)));
    const rows = made.filter((row) => row !== null);
    expect(rows).toHaveLength(1);
    const stored = await findSubscription(env.DB, ws, "k/1");
    expect(stored).toEqual(rows[0]);
    expect(await subscribe(workspace(), "k/1", change)).not.toBeNull();
  });

  it("is free again once its endpoint is deleted, and leads to the deletion while that is pending", async () => {
    const [ws, change] = [workspace(), await settings()];
    const row = (await subscribe(ws, "k/1", change)) as EndpointRow;
    expect(await findPendingUnsubscription(env.DB, ws, "k/2")).toBeNull();
    await entombEndpoint(env.DB, row, Date.now(), UNRECORDED);
    expect(await findSubscription(env.DB, ws, "k/1")).toBeNull();
    expect((await findPendingUnsubscription(env.DB, ws, "k/1"))?.id).toBe(row.id);
    expect(await subscribe(ws, "k/1", change)).not.toBeNull();
  });

  it("stays with changes of policy and ends with a change of what was subscribed to", async () => {
    const [ws, change] = [workspace(), await settings()];
    const row = (await subscribe(ws, "k/1", change)) as EndpointRow;
    const paused = await updateEndpoint(env.DB, row, { ...row, status: "paused" }, 1, unrecorded);
    expect(paused?.subscriptionKey).toBe("k/1");
    const moved = { ...row, url: "https://elsewhere.example/" };
    await updateEndpoint(env.DB, paused as EndpointRow, moved, 2, unrecorded);
    expect((await findEndpoint(env.DB, wholeWorkspace(ws), row.id))?.subscriptionKey).toBeNull();
  });

  it("lists by prefix, without what only looks like it", async () => {
    const [ws, change] = [workspace(), await settings()];
    for (const key of ["v/a/1", "v/a/2", "v/ab/1", "v/a", "w/a/1"]) await subscribe(ws, key, change);
    const keys = (await listSubscriptions(env.DB, ws, "v/a/", 10)).map((row) => row.subscriptionKey);
    expect(keys.toSorted()).toEqual(["v/a/1", "v/a/2"]);
    expect(await listSubscriptions(env.DB, ws, "v/a/", 1)).toHaveLength(1);
  });
});

it("never stores more endpoints of a dialect than it may, also for requests at the same moment", async () => {
  const [ws, change] = [workspace(), await settings()];
  const insert = () => insertWithin(ws, change, 3, 100);
  const made = await Promise.all(Array.from({ length: 6 }, insert));
  expect(made.filter((row) => row !== null)).toHaveLength(3);
  const first = made.find((row) => row !== null) as EndpointRow;
  expect(await findEndpoint(env.DB, wholeWorkspace(ws), first.id)).toEqual(first);
  await entombEndpoint(env.DB, first, Date.now(), UNRECORDED);
  expect(await insert()).not.toBeNull();
});

it("counts against the endpoints that a workspace may have in all", async () => {
  const [ws, change] = [workspace(), await settings()];
  expect(await subscribe(ws, "k/1", change, 2)).not.toBeNull();
  expect(await insertWithin(ws, change, 9, 2)).not.toBeNull();
  expect([await insertWithin(ws, change, 9, 2), await subscribe(ws, "k/2", change, 2)]).toEqual([null, null]);
});
