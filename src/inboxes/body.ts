import type { Context } from "hono";
import { INBOX_BODY_BYTES } from "../domain/inbox.ts";
import { SMALL_BYTES } from "../domain/memory-budget.ts";
import { dropRest } from "../http/body-text.ts";
import type { ApiEnv } from "../http/context.ts";
import { RequestMemory } from "../http/request-memory.ts";

/** A body must have arrived by then; while others wait for the memory that it holds, earlier. */
const ARRIVES_WITHIN_MS = 15_000;
const CONTENDED_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 500;

/** What came of a body, its first MiB at the most, and why it is not all of it. */
export interface InboxBody {
  bytes: Uint8Array;
  missing: "nothing" | "too large" | "too slow" | "broken off";
}

/**
 * Reads what is kept of a body; what comes beyond it is dropped. All inboxes share one part of the isolate's memory, so
 * that strangers who send to them never take what publishers need. Throws 503 where there is no room.
 */
export async function inboxBodyOf(c: Context<ApiEnv>): Promise<InboxBody> {
  const { body, headers } = c.req.raw;
  const declared = headers.get("content-length");
  if (body === null || declared === "0") return { bytes: new Uint8Array(), missing: "nothing" };
  const memory = RequestMemory.of(c, "inboxes");
  let roomBytes = Math.min(declared === null ? SMALL_BYTES : Number(declared), INBOX_BODY_BYTES);
  await memory.take(roomBytes);
  const reader = body.getReader();
  const startedAt = Date.now();
  let missing: InboxBody["missing"] = "nothing";
  const watch = setInterval(() => {
    if (Date.now() - startedAt < (memory.isAwaited ? CONTENDED_WITHIN_MS : ARRIVES_WITHIN_MS)) return;
    missing = "too slow";
    reader.cancel().catch(() => {});
  }, LOOK_EVERY_MS);
  const parts: Uint8Array[] = [];
  let kept = 0;
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const part = read.value.subarray(0, INBOX_BODY_BYTES - kept);
      if (kept + part.length > roomBytes) {
        // Its length was not told, and it is no small one.
        await memory.take(INBOX_BODY_BYTES);
        roomBytes = INBOX_BODY_BYTES;
      }
      if (part.length > 0) parts.push(part);
      kept += part.length;
      if (part.length < read.value.length) {
        missing = "too large";
        break;
      }
    }
  } catch (error) {
    if (error instanceof Error && error.name === "ApiError") throw error;
    if (missing === "nothing") missing = "broken off";
  } finally {
    clearInterval(watch);
    reader.releaseLock();
  }
  if (missing === "too large") await dropRest(body);
  return { bytes: Buffer.concat(parts), missing };
}
