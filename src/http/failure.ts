import type { Context } from "hono";
import { isTransientDatabaseError, lacksMigrations } from "../d1/database-errors.ts";
import { UnknownOutcome } from "../domain/outcome.ts";
import { ApiError, errorCodes } from "../errors.ts";
import { isMethodMissing, isPassingObjectError, UPDATE_SECONDS } from "../objects/object-errors.ts";
import { logLine, logRefused } from "../service-log.ts";
import { NEWER_TABLES } from "../storage/schema.ts";
import { type ApiEnv, requestIdOf } from "./context.ts";
import { notSetUp } from "./set-up.ts";
import { failedForRoom, storageFull } from "./storage-full.ts";

/**
 * What a request is answered for whatever was thrown; what is not an ApiError becomes `internal`. 5xx are logged: those that we
 * refuse since the caller has too much waiting once a minute, since whoever floods us would fill the operator's log.
 */
export async function failureOf(c: Context<ApiEnv>, error: unknown): Promise<ApiError> {
  let known = asApiError(error);
  // workerd says little of a full disk: D1 fails with an internal error, an object as if it had restarted.
  if (known !== error && (await failedForRoom(c, error))) known = storageFull();
  const { status } = errorCodes[known.code];
  if (status < 500) return known;
  const caller = c.get("caller");
  const fields = {
    request_id: requestIdOf(c),
    method: c.req.method,
    path: c.req.path,
    status,
    code: known.code,
    ...(caller === undefined ? {} : { workspace: caller.workspaceId, key: caller.keyId }),
    error: error === known ? known.detail : error,
  };
  if (error === known && known.code === "overloaded")
    logRefused("error", "request failed", `${known.detail} ${caller?.workspaceId}`, fields);
  else logLine("error", "request failed", fields);
  return known;
}

function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (lacksMigrations(error)) return notSetUp("D1 lacks tables of this version.");
  if (isOtherVersion(error)) {
    return new ApiError("overloaded", "The service is being updated; try again.", {
      retryAfterSeconds: UPDATE_SECONDS,
    });
  }
  if (isPassing(error)) {
    return new ApiError(
      "overloaded",
      "The service is busy or restarting; try again. It may have been done.",
      {
        retryAfterSeconds: 2,
      },
    );
  }
  return new ApiError("internal", "The request may be tried again; quote request_id if it keeps failing.");
}

/** An object runs older code than this, or older code than its own tables: it refused before it changed anything. */
function isOtherVersion(error: unknown): boolean {
  return isMethodMissing(error) || (error instanceof Error && NEWER_TABLES.test(error.message));
}

/** Whether the same request may succeed a moment later. */
function isPassing(error: unknown): boolean {
  return isTransientDatabaseError(error) || isPassingObjectError(error) || error instanceof UnknownOutcome;
}
