import type { Context } from "hono";
import { INBOX_BODY_BYTES } from "../domain/inbox.ts";
import { SMALL_BYTES } from "../domain/memory-budget.ts";
import { every } from "../domain/surroundings.ts";
import { BodyParts } from "../http/body-parts.ts";
import { dropRest } from "../http/body-text.ts";
import type { ApiEnv } from "../http/context.ts";
import { RequestMemory } from "../http/request-memory.ts";
import { platform } from "../platform.ts";

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
  const parts = new BodyParts(body);
  const startedAt = platform.nowMs();
  let missing: InboxBody["missing"] = "nothing";
  const endWatch = every(platform, LOOK_EVERY_MS, () => {
    if (platform.nowMs() - startedAt < (memory.isAwaited ? CONTENDED_WITHIN_MS : ARRIVES_WITHIN_MS)) return;
    missing = "too slow";
    parts.cancel();
  });
  const kept: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (let part = await parts.next(); part !== null; part = await parts.next()) {
      const length = Math.min(part.length, INBOX_BODY_BYTES - bytes);
      if (bytes + length > roomBytes) {
        // Its length was not told, and it is no small one.
        await memory.take(INBOX_BODY_BYTES);
        roomBytes = INBOX_BODY_BYTES;
      }
      if (length > 0) kept.push(part.slice(0, length));
      bytes += length;
      if (length < part.length) {
        missing = "too large";
        break;
      }
    }
  } catch (error) {
    if (error instanceof Error && error.name === "ApiError") throw error;
    if (missing === "nothing") missing = "broken off";
  } finally {
    endWatch();
    parts.release();
  }
  if (missing === "too large") await dropRest(body);
  return { bytes: Buffer.concat(kept), missing };
}
