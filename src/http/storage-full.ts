import type { Context } from "hono";
import { ApiError } from "../errors.ts";
import { platform } from "../platform.ts";
import {
  askDisk,
  isStorageFull,
  isStorageFullError,
  mustAskDisk,
  noteStorageFull,
} from "../storage/storage-room.ts";
import type { ApiEnv } from "./context.ts";

const RETRY_AFTER_SECONDS = 10;

/** 503 while there is no room to store anything. */
export function storageFull(): ApiError {
  return new ApiError(
    "storage_full",
    "There is no room left to store anything. Nothing was done; try again later.",
    {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    },
  );
}

/**
 * Throws 503 `storage_full` while nothing new is to be accepted. That there is room again is asked for; as long as there
 * is, the question goes on beside the request.
 */
export async function refuseWhenFull(c: Context<ApiEnv>): Promise<void> {
  const nowMs = platform.nowMs();
  const { DISK: disk } = c.env;
  if (mustAskDisk(disk, nowMs)) {
    const asking = askDisk(disk, nowMs, platform);
    if (isStorageFull(nowMs)) await asking;
    else c.executionCtx.waitUntil(asking);
  }
  if (isStorageFull(nowMs)) throw storageFull();
}

/** Whether something failed for want of room; where the error does not say so, the disk does. */
export async function failedForRoom(c: Context<ApiEnv>, error: unknown): Promise<boolean> {
  const nowMs = platform.nowMs();
  if (isStorageFullError(error)) {
    // The disk is everybody's; on Cloudflare it is one object or D1 that is full.
    if (c.env.DISK !== undefined) noteStorageFull(nowMs);
    return true;
  }
  await askDisk(c.env.DISK, nowMs, platform);
  return c.env.DISK !== undefined && isStorageFull(nowMs);
}
