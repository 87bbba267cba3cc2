import { findEndpoints } from "../d1/endpoints.ts";
import type { Reach } from "../domain/scope.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { unknownEndpoint } from "./store.ts";

/** The named endpoints, all known and none disabled: otherwise nothing is made. Throws 404 and 409. */
export async function checkedEndpoints(env: Env, reach: Reach, named: string[]): Promise<string[]> {
  const rows = new Map((await findEndpoints(env.DB, reach, named)).map((row) => [row.id, row]));
  const unknown = named.find((id) => !rows.has(id));
  if (unknown !== undefined) throw unknownEndpoint(unknown);
  const disabled = named.find((id) => rows.get(id)?.status === "disabled");
  if (disabled !== undefined) throw disabledEndpoint(disabled);
  return named;
}

/** 409: nothing is delivered to it. */
export function disabledEndpoint(endpointId: string): ApiError {
  return new ApiError("endpoint_disabled", `Endpoint ${endpointId} is disabled; enable it first.`);
}
