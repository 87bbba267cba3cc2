import { loadEndpointRow } from "../../d1/endpoint-config.ts";
import { changeStatusFromObject } from "../../d1/endpoint-reports.ts";
import type { Surroundings } from "../../domain/surroundings.ts";
import type { Env } from "../../env.ts";
import { pushEndpoint } from "../../reconcile/sync.ts";
import type { StatusChange } from "./status-change-shape.ts";

/**
 * Sets D1 to a status that the object gave itself, if D1 still holds the version it was decided on, and tells
 * the log at once, so that a disabled endpoint's matches count as missed. A write that came between wins.
 */
export async function reportStatusChange(
  env: Env,
  endpointId: string,
  change: StatusChange,
  surroundings: Surroundings,
): Promise<void> {
  const isSet = await changeStatusFromObject(
    env.DB,
    endpointId,
    change.version,
    change.status,
    change.reason,
    surroundings,
  );
  if (!isSet) return;
  const row = await loadEndpointRow(env.DB, endpointId);
  if (row) await pushEndpoint(env, row);
}
