import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { auditRow, listAudit } from "../../src/d1/audit.ts";
import { type ChangeRecord, UNRECORDED } from "../../src/d1/change.ts";
import { loadEndpointRow } from "../../src/d1/endpoint-config.ts";
import { hasRoomForEndpoint, type Insert, insertEndpoints, newRow } from "../../src/d1/endpoint-inserts.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import { newId } from "../../src/domain/ids.ts";
import { platform } from "../../src/platform.ts";
import { storedEndpoint } from "./rows.ts";

const workspace = () => newId("ws", Date.now(), platform);

/** Some endpoints that are to be stored in a workspace of so many at the most, each with its record. */
async function inserts(
  workspaceId: string,
  most: number,
  recordsOf: ((row: EndpointRow) => ChangeRecord)[],
): Promise<Insert[]> {
  const change = await storedEndpoint(env.DB, workspace());
  return recordsOf.map((recordOf) => {
    const row = newRow(newId("ep", Date.now(), platform), workspaceId, change, Date.now());
    return { row, isWanted: hasRoomForEndpoint(workspaceId, most), record: recordOf(row) };
  });
}

const audited = ({ id, workspaceId }: EndpointRow): ChangeRecord => {
  const made = { action: "endpoint.created" as const, target: id, before: null, after: {}, version: 1 };
  return { audit: auditRow(workspaceId, { kind: "operator" }, made, Date.now(), platform), answer: null };
};

const answered = (id: string) => (): ChangeRecord => ({
  audit: null,
  answer: { id, digest: "", status: 201, answer: "", endpointId: null, createdAt: Date.now() },
});

const stored = (all: readonly Insert[]) =>
  Promise.all(all.map(async ({ row }) => (await loadEndpointRow(env.DB, row.id)) !== null));

/** D1, of which batches fail for a while. */
function failing(times: number, error: string): { database: D1Database; batches(): number } {
  let batches = 0;
  const database = new Proxy(env.DB, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name, of);
      if (typeof value !== "function") return value;
      if (name !== "batch") return value.bind(of);
      return async (statements: D1PreparedStatement[]) => {
        if (++batches <= times) throw new Error(error);
        return of.batch(statements);
      };
    },
  });
  return { database, batches: () => batches };
}

describe("endpoints that are stored in one batch", () => {
  it("are no more than the workspace has room for, and those that are not stored leave no record", async () => {
    const ws = workspace();
    const all = await inserts(ws, 2, [audited, audited, audited]);
    const outcomes = await insertEndpoints(env.DB, all);
    expect(outcomes.map((outcome) => outcome.status === "fulfilled" && outcome.value)).toEqual([
      true,
      true,
      false,
    ]);
    expect(await stored(all)).toEqual([true, true, false]);
    const { rows } = await listAudit(env.DB, ws, { limit: 10 });
    expect(rows.map(({ target }) => target).sort()).toEqual(
      all
        .slice(0, 2)
        .map(({ row }) => row.id)
        .sort(),
    );
  });

  it("do not fail for another one: a request that was answered meanwhile is refused alone", async () => {
    const id = crypto.randomUUID();
    const all = await inserts(workspace(), 100, [answered(id), () => UNRECORDED, answered(id)]);
    const outcomes = await insertEndpoints(env.DB, all);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    expect(await stored(all)).toEqual([true, true, false]);
  });

  it("are not tried again where nobody knows whether D1 has stored them", async () => {
    const all = await inserts(workspace(), 100, [audited, audited]);
    const { database, batches } = failing(1, "D1_ERROR: Network connection lost.");
    const outcomes = await insertEndpoints(database, all);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(batches()).toBe(1);
  });
});
