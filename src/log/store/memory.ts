import { MemoryBudget, type MemoryHolder, MIB } from "../../domain/memory-budget.ts";
import type { Clock } from "../../domain/surroundings.ts";

/* Shares of the 128 MB of an isolate, at module level since all its logs share them. */

/** Events that wait for their commit; beyond it publishing answers `overloaded`. */
export const waitingMemory = new MemoryBudget(24 * MIB);

/** Committed events on their way to endpoints; beyond it endpoints lag, and read from storage. */
export const queuedMemory = new MemoryBudget(24 * MIB);

/** Batches in RPCs, which copy them; beyond it they wait for their turn. */
export const underWayMemory = new MemoryBudget(8 * MIB);

/** What hand-over holds in memory. */
export interface HandOverMemory {
  queued: MemoryHolder;
  underWay: MemoryHolder;
}

/** The holders of one of a workspace's logs. */
export function handOverMemory(logId: string, workspaceId: string, { nowMs }: Clock): HandOverMemory {
  return {
    queued: queuedMemory.holder(logId, workspaceId, nowMs),
    underWay: underWayMemory.holder(logId, workspaceId, nowMs),
  };
}
