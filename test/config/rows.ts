import { UNRECORDED } from "../../src/config/change.ts";
import { insertEndpoint } from "../../src/config/endpoint-writes.ts";
import { sealSecrets } from "../../src/config/seal.ts";
import type { EndpointRow } from "../../src/config/tables.ts";
import { newId } from "../../src/domain/ids.ts";

const ENCRYPTION_KEY = Buffer.alloc(32).toString("base64");

/** A new endpoint in D1 of which no object knows. */
export async function storedEndpoint(db: D1Database, workspaceId: string): Promise<EndpointRow> {
  const sealed = await sealSecrets({ secrets: [], headers: {}, auth: null }, { ENCRYPTION_KEY });
  const settings = {
    url: "https://receiver.example/",
    description: "",
    metadata: {},
    dialect: "standard",
    dialectOptions: {},
    subscription: { types: ["*"], stages: [], tags: [], context: {}, filter: null },
    policy: {
      serialize: false,
      method: "POST" as const,
      retry: { delays: [1], jitter: 0 },
      timeoutSeconds: 10,
      maxInFlight: 6,
      ratePerSecond: null,
      onDeadLetter: "continue" as const,
      disableAfterFailures: null,
    },
    status: "enabled" as const,
    statusReason: null,
    sealed,
  };
  const id = newId("ep", Date.now());
  const row = await insertEndpoint(db, id, workspaceId, settings, 0, async () => UNRECORDED, 10_000);
  if (row === null) throw new Error("the workspace is full");
  return row;
}
