/*
 * Whose work the one thread of this isolate did lately. Work that may wait leaves room for others where there are any: a
 * workspace that has the machine to itself need not wait for nobody.
 */

/** Who has had the thread within this time is there still: its next request may come at any moment. */
const RECENT_MS = 1000;

interface Use {
  workspaceId: string;
  /** Unix milliseconds. */
  atMs: number;
}

/** The latest use, and the latest of another workspace: no more is needed to know whether one is alone. */
let latest: Use | null = null;
let before: Use | null = null;

/** Notes that something is done for a workspace, or for the operator. */
export function noteUse(workspaceId: string, nowMs: number): void {
  if (latest?.workspaceId === workspaceId) latest.atMs = nowMs;
  else {
    before = latest;
    latest = { workspaceId, atMs: nowMs };
  }
}

/** Whether anybody else has had the thread lately. */
export function isSharedWithOthers(workspaceId: string, nowMs: number): boolean {
  const other = latest?.workspaceId === workspaceId ? before : latest;
  return other !== null && Math.abs(nowMs - other.atMs) <= RECENT_MS;
}
