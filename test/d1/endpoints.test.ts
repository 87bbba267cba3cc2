import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointConfig, loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { changeStatusFromObject, noteEndpointDueAt } from "../../src/d1/endpoint-reports.ts";
import { entombEndpoint, markSynced, updateEndpoint } from "../../src/d1/endpoint-writes.ts";
import { findEndpoint } from "../../src/d1/endpoints.ts";
import { wholeWorkspace } from "../../src/domain/scope.ts";
import { platform } from "../../src/platform.ts";
import { storedEndpoint } from "./rows.ts";

const db = env.DB;

const unrecorded = async () => UNRECORDED;

describe("an endpoint's row", () => {
  it("rises by one version with each write, and is then not synced", async () => {
    const row = await storedEndpoint(db, "ws_versions");
    expect([row.version, row.synced]).toEqual([1, false]);
    await markSynced(db, row);
    const changed = await updateEndpoint(db, row, { ...row, description: "changed" }, 5, unrecorded);
    expect(changed).toMatchObject({ version: 2, synced: false, description: "changed", updatedAt: 5 });
    expect(await loadEndpointRow(db, row.id)).toEqual(changed);
  });

  it("takes one of two writes that were made from the same version", async () => {
    const row = await storedEndpoint(db, "ws_race");
    const outcomes = await Promise.all([
      updateEndpoint(db, row, { ...row, description: "one" }, 1, unrecorded),
      updateEndpoint(db, row, { ...row, description: "two" }, 1, unrecorded),
    ]);
    expect(outcomes.filter((outcome) => outcome !== null)).toHaveLength(1);
  });

  it("is not marked synced for a version that is no longer the newest", async () => {
    const row = await storedEndpoint(db, "ws_synced");
    await updateEndpoint(db, row, row, 1, unrecorded);
    await markSynced(db, row);
    expect((await loadEndpointRow(db, row.id))?.synced).toBe(false);
  });

  it("gives no configuration once it is deleted, and takes no further write", async () => {
    const row = await storedEndpoint(db, "ws_deleted");
    expect((await loadEndpointConfig(db, row.id))?.version).toBe(1);
    const tombstone = await entombEndpoint(db, row, 1, UNRECORDED);
    expect(tombstone).toMatchObject({ version: 2, synced: false });
    expect(await loadEndpointConfig(db, row.id)).toBeNull();
    expect(await findEndpoint(db, wholeWorkspace("ws_deleted"), row.id)).toBeNull();
    expect(await updateEndpoint(db, { ...row, version: 2 }, row, 1, unrecorded)).toBeNull();
    expect(await changeStatusFromObject(db, row.id, 2, "disabled", "gone", platform)).toBe(false);
  });

  it("is found only in its own workspace", async () => {
    const row = await storedEndpoint(db, "ws_mine");
    expect((await findEndpoint(db, wholeWorkspace("ws_mine"), row.id))?.id).toBe(row.id);
    expect(await findEndpoint(db, wholeWorkspace("ws_theirs"), row.id)).toBeNull();
  });
});

describe("changeStatusFromObject", () => {
  it("sets the status, raises the version and leaves the row for cron to push", async () => {
    const row = await storedEndpoint(db, "ws_object");
    await markSynced(db, row);
    expect(await changeStatusFromObject(db, row.id, 1, "disabled", "gone", platform)).toBe(true);
    expect(await loadEndpointRow(db, row.id)).toMatchObject({
      status: "disabled",
      statusReason: "gone",
      version: 2,
      synced: false,
    });
  });

  it("gives way to a write that came between", async () => {
    const row = await storedEndpoint(db, "ws_patch");
    await updateEndpoint(db, row, { ...row, description: "newer" }, 1, unrecorded);
    expect(await changeStatusFromObject(db, row.id, 1, "disabled", "gone", platform)).toBe(false);
    expect(await loadEndpointRow(db, row.id)).toMatchObject({ status: "enabled", version: 2 });
  });
});

it("notes when an endpoint is due without touching its version", async () => {
  const row = await storedEndpoint(db, "ws_due");
  await noteEndpointDueAt(db, row.id, 1234);
  expect(await loadEndpointRow(db, row.id)).toEqual({ ...row, nextDueAt: 1234 });
  await noteEndpointDueAt(db, row.id, null);
  expect((await loadEndpointRow(db, row.id))?.nextDueAt).toBeNull();
});

it.each([
  ["nothing is noted", null, 900_000, 900_000],
  ["what is noted has passed", 9_999, 900_000, 900_000],
  ["it is due more than a minute before", 900_000, 800_000, 800_000],
  ["it is due no more than a minute before", 900_000, 850_000, 900_000],
  ["it is due later", 900_000, 1_000_000, 900_000],
  ["it is not due any more", 900_000, null, null],
])("asked to note only what has moved: %s", async (_case, noted, dueAt, expected) => {
  const row = await storedEndpoint(db, `ws_moved_${noted}_${dueAt}`);
  await noteEndpointDueAt(db, row.id, noted);
  await noteEndpointDueAt(db, row.id, dueAt, { nowMs: 10_000 });
  expect((await loadEndpointRow(db, row.id))?.nextDueAt).toBe(expected);
});
