import { NO_CONDITIONS } from "../../src/contract/endpoint-fields.ts";
import { standardPolicy } from "../../src/contract/policy.ts";
import { UNRECORDED } from "../../src/d1/change.ts";
import { hasRoomForEndpoint, insertEndpoint, newRow } from "../../src/d1/endpoint-inserts.ts";
import type { EndpointRow } from "../../src/d1/tables.ts";
import { newId } from "../../src/domain/ids.ts";
import { stored } from "../../src/domain/stored.ts";
import { platform } from "../../src/platform.ts";
import { sealSecrets } from "../../src/seal/seal.ts";

const ENCRYPTION_KEY = Buffer.alloc(32).toString("base64");

/** A new endpoint in D1 of which no object knows. */
export async function storedEndpoint(db: D1Database, workspaceId: string): Promise<EndpointRow> {
  const sealed = await sealSecrets({ secrets: [], headers: {}, auth: null }, { ENCRYPTION_KEY }, platform);
  const settings = {
    url: "https://receiver.example/",
    description: "",
    metadata: {},
    dialect: "standard",
    dialectOptions: {},
    subscription: stored<"subscription">(NO_CONDITIONS),
    policy: stored<"policy">(
      standardPolicy({ retry: { delays: [1], jitter: 0 }, disableAfterFailures: null }),
    ),
    status: "enabled" as const,
    statusReason: null,
    sealed,
  };
  const id = newId("ep", Date.now(), platform);
  const row = newRow(id, workspaceId, settings, 0);
  const isWanted = hasRoomForEndpoint(workspaceId, 10_000);
  if (!(await insertEndpoint(db, { row, isWanted, record: UNRECORDED })))
    throw new Error("the workspace is full");
  return row;
}
